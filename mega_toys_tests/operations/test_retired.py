"""What is left of tables whose declaration was removed, and its removal."""

import json
import re
import shutil
from pathlib import Path

import polars as pl
import pytest

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import LakeError, UnknownTableError
from mega_toys.declared.table import Bronze, Current, History
from mega_toys.lake.reading.reader import Reader
from mega_toys.operations.retired import forget, retired, retired_one
from mega_toys_tests.dying import ending_at
from mega_toys_tests.lake.building.test_deletions import MARKED, catalog
from mega_toys_tests.lakes import Lake, copy_of
from mega_toys_tests.quick import one_quick

SILVER, QUARANTINE = "stock.silver.history", "stock.quarantine.history"
ITEM = {"item": "k", "value": 1, "at": "2026-03-02T12:00:00Z"}
LINES = (
    json.dumps(ITEM | {"op": "u", "updated_at": "2026-03-02T10:00:00Z"}),
    json.dumps(ITEM | {"op": "d", "updated_at": "2026-03-02T11:00:00Z"}),
    "torn",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """With two silver tables of one dataset, one record of which was rejected."""
    lake = Lake(tmp_path_factory.mktemp("whole"), catalog(MARKED, [Current, History]))
    lake.land("stock/items/2026-03-02/a.ndjson", "\n".join(LINES))
    lake.refresh()
    return lake


@pytest.fixture
def lake(whole: Lake, tmp_path: Path) -> Lake:
    """The same, whose history no file declares any more."""
    copy = copy_of(whole, tmp_path)
    return Lake(copy.folder, catalog(MARKED, [Current]))


def about(lake: Lake, name: str) -> dict[str, int]:
    """How many rows the lake's own tables have of a table."""
    own = ("row_accounts", "received", "accepted", "deletions", "gold.data_quality_daily")
    rows = {one: lake.rows(f"lake.{one}").filter(pl.col("table") == name).height for one in own}
    return {one: many for one, many in rows.items() if many}


def test_what_is_left_of_a_table_without_its_declaration_is_told(lake: Lake) -> None:
    (one,) = retired(lake.work())

    assert one.name == SILVER
    assert one.tables == {SILVER: 1, QUARANTINE: 1}
    assert {name.removeprefix("lake.") for name in one.rows} == about(lake, SILVER).keys()
    with pytest.raises(LakeError, match="declared no longer"):
        Reader(lake.store, lake.catalog).scan(SILVER)


@pytest.mark.parametrize(
    "died_at", one_quick([None, "forget.begun", "forget.rows", "forget.table"])
)
def test_a_forgotten_table_is_as_if_it_had_never_been(lake: Lake, died_at: str | None) -> None:
    others = about(lake, "stock.silver.current")
    if died_at:
        with ending_at(died_at):
            forget(retired_one(SILVER, lake.work()), lake.work(), print)
        lake.refresh()  # between the two as well
        assert [one.name for one in retired(lake.work())] == [SILVER]

    forget(retired_one(SILVER, lake.work()), lake.work(), print)

    assert retired(lake.work()) == []
    assert about(lake, SILVER) == {}
    assert about(lake, "stock.silver.current") == others
    assert not any(lake.store.exists(name) for name in (SILVER, QUARANTINE))
    assert not any(outcome.changed for outcome in lake.refresh().values())
    assert (lake.landing / "stock/items/2026-03-02/a.ndjson").exists()


def test_a_table_that_is_declared_or_was_never_there_is_refused(lake: Lake) -> None:
    with pytest.raises(LakeError, match="is declared"):
        retired_one("stock.silver.current", lake.work())
    with pytest.raises(UnknownTableError, match=re.escape(SILVER)):
        retired_one("stock.silver.histroy", lake.work())


def test_the_files_of_a_forgotten_dataset_are_files_of_none(lake: Lake) -> None:
    bare = Lake(lake.folder, Catalog([]))
    for one in retired(bare.work()):
        forget(one, bare.work(), print)
    bare.refresh()

    assert bare.rows("lake.files").select("dataset", "status").rows() == [("none", "ignored")]
    assert not (lake.folder / "lake" / "stock").exists()


def test_a_delta_table_of_others_in_the_lake_is_no_retired_one(lake: Lake) -> None:
    theirs = lake.folder / "lake" / "their" / "gold" / "table"
    pl.DataFrame({"a": [1]}).write_delta(str(theirs))
    shutil.copytree(lake.folder / "lake/stock/silver/history", theirs.with_name("copied"))

    assert [one.name for one in retired(lake.work())] == [SILVER, "their.gold.copied"]


def test_a_retired_table_comes_back_with_its_file(lake: Lake) -> None:
    every = Lake(lake.folder, catalog(MARKED, [Current, History]))

    assert not any(outcome.changed for outcome in every.refresh().values())
    assert retired(every.work()) == []
    assert isinstance(every.catalog["stock.bronze.items"], Bronze)
