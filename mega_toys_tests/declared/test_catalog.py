"""Tables are found by walking the domains."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import mega_toys.domains
import mega_toys.domains.commerce.gold as gold
from mega_toys.declared.catalog import Catalog, tables_in
from mega_toys.declared.errors import DeclarationError, UnknownTableError
from mega_toys.declared.lake.gold.data_quality_daily import TABLE as DATA_QUALITY
from mega_toys.lake.reading.reader import Reader
from mega_toys.lake.reading.sql import Database
from mega_toys_tests.lakes import DECLARED, Lake, needed_for

NEW = '''"""Visits of a day, by nothing."""

import dataframely as dy
import polars as pl

from mega_toys.domains.commerce.silver.sessions import Sessions
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import ByDay, Table


class VisitsDaily(dy.Schema):
    """One day with visits."""

    day = dy.Date(primary_key=True)
    visits = dy.Int64()


def visits_daily(sessions: dy.LazyFrame[Sessions]) -> pl.LazyFrame:
    """Every visit counts."""
    return sessions.group_by("day").agg(visits=pl.len())


TABLE = ByDay(
    rows=VisitsDaily, build=visits_daily, contract=Contract(owner="me")
)
'''
NAME = "commerce.gold.visits_daily"
EVENT = {
    "event_id": "e1", "client_id": "c", "ts": "2026-03-10T12:00:00Z", "event_name": "page_view",
    "device": "mobile",
}  # fmt: skip


@pytest.fixture
def one_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file more in the folder of the gold tables of commerce, as Python sees it."""
    folder = tmp_path / "gold"
    folder.mkdir()
    (folder / "visits_daily.py").write_text(NEW)
    monkeypatch.setattr(gold, "__path__", [*gold.__path__, str(folder)])
    importlib.invalidate_caches()
    yield folder / "visits_daily.py"
    sys.modules.pop(f"{gold.__name__}.visits_daily", None)
    if hasattr(gold, "visits_daily"):
        del gold.visits_daily


@pytest.mark.usefixtures("one_new_file")
def test_a_new_gold_table_is_one_new_file_and_nothing_else(tmp_path: Path) -> None:
    catalog = tables_in(mega_toys.domains)
    lake = Lake(tmp_path, needed_for(NAME, among=catalog))
    lake.send("commerce/web_events/2026-03-10/a.ndjson", EVENT, EVENT | {"event_id": "e2"})

    outcomes = lake.refresh()

    assert outcomes[NAME].changed
    assert Reader(lake.store, catalog).scan(NAME).select("visits").collect().rows() == [(1,)]
    query = f"SELECT visits FROM {NAME}"
    assert Database.of(lake.store, lake.catalog, query).answer(query).rows() == [(1,)]
    assert Path(lake.store.root, "commerce", "gold", "visits_daily", "_delta_log").is_dir()


@pytest.mark.usefixtures("one_new_file")
def test_a_table_added_to_a_lake_that_is_there_is_built_from_it(tmp_path: Path) -> None:
    catalog = needed_for(NAME, among=tables_in(mega_toys.domains))
    lake = Lake(tmp_path, Catalog(table for table in catalog if str(table.name) != NAME))
    lake.send("commerce/web_events/2026-03-10/a.ndjson", EVENT)
    lake.refresh()

    lake.catalog = catalog
    lake.refresh()

    assert lake.rows(NAME, "visits").rows() == [(1,)]


def test_tables_come_in_the_order_in_which_they_can_be_built() -> None:
    seen: set[str] = set()
    for table in DECLARED:
        assert {str(name) for name in table.reads} <= seen
        seen.add(str(table.name))


def test_a_table_that_reads_what_no_file_declares_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"commerce\.silver\.sessions"):
        Catalog([DECLARED["commerce.gold.funnel_daily"]])


def test_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownTableError, match="funnel_daily"):
        DECLARED["commerce.gold.funel_daily"]


def test_a_package_without_tables_gives_what_the_lake_itself_counts() -> None:
    empty = ModuleType("empty")
    empty.__path__ = []

    assert list(tables_in(empty)) == [DATA_QUALITY]


def test_a_file_in_a_layer_folder_that_declares_no_table_is_named(one_new_file: Path) -> None:
    one_new_file.write_text(NEW.replace("TABLE = ByDay(", "THE_TABLE = ByDay("))

    with pytest.raises(DeclarationError, match=f"{one_new_file} declares no `TABLE`"):
        tables_in(mega_toys.domains)


@pytest.mark.parametrize(
    ("wrong", "line", "told"),
    [
        (NEW.replace("dy.Int64()", "dy.Int46()"), 15, "has no attribute 'Int46'"),
        (NEW.replace("visits = dy", "visits == dy"), 15, "name 'visits' is not defined"),
        (NEW.replace("(sessions:", "(sessions"), 18, "SyntaxError"),
        (NEW.replace("import Contract", "import Contrat"), 7, "cannot import name 'Contrat'"),
        (NEW.replace("import polars", "import polar"), 4, "No module named 'polar'"),
        (NEW.replace("dy.Date(primary_key=True)", "dy.Date(primry=True)"), 14, "primry"),
        (NEW.replace("build=", "bild="), 23, "bild"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 40 else "",
)
def test_a_file_that_cannot_be_imported_is_told_with_its_line(
    one_new_file: Path, wrong: str, line: int, told: str
) -> None:
    one_new_file.write_text(wrong)

    with pytest.raises(DeclarationError) as refused:
        tables_in(mega_toys.domains)

    assert str(refused.value).startswith(f"{one_new_file}, line {line}: ")
    assert told in str(refused.value)
    assert refused.value.__cause__ is not None


def test_an_error_of_our_own_code_stays_what_it_is(one_new_file: Path) -> None:
    one_new_file.write_text(NEW.replace('owner="me"', "owner=Table.title.fget(3)"))

    with pytest.raises(AttributeError, match="rows"):
        tables_in(mega_toys.domains)
