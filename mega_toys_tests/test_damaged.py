"""What people ask of a damaged table is answered with its name and the way out."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from mega_toys.command import listed
from mega_toys.declared.errors import BrokenLogError, DamagedTableError, QueryError
from mega_toys.lake.quarantined.decisions import DECISIONS
from mega_toys.lake.quarantined.standing import Choice
from mega_toys.lake.reading.reader import Reader
from mega_toys.lake.reading.sql import Database
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.place import Place
from mega_toys.operations.quarantine import counted, dismiss, explained, exported, how_many, replay
from mega_toys_tests.lakes import Lake, command, copy_of, needed_for
from mega_toys_tests.quick import one_quick

SILVER, BRONZE, QUARANTINE = (
    f"commerce.{layer}.web_events" for layer in ("silver", "bronze", "quarantine")
)
DAY = "commerce/web_events/2026-03-10"
EVENT = {"client_id": "c1", "ts": "2026-03-10T12:00:00Z", "event_name": "page_view"}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(tmp_path_factory.mktemp("begun"), needed_for(SILVER))
    told = [EVENT | {"event_id": f"e{at}", "device": "tv" if at else "mobile"} for at in range(3)]
    made.send(f"{DAY}/a.ndjson", *told)
    made.refresh()
    dismiss(made.work(), Choice(row=2), SILVER, "somebody", "old")
    return made


@pytest.fixture
def lake(begun: Lake, tmp_path: Path) -> Lake:
    return copy_of(begun, tmp_path)


def torn(lake: Lake, name: str) -> None:
    newest = max(Path(lake.store.uri(name), "_delta_log").glob("*.json"))
    newest.write_bytes(b'{"add": {"pa')


def without_data(lake: Lake, name: str) -> None:
    for path in Path(lake.store.uri(name)).rglob("part-*.parquet"):
        path.unlink()


def zeroed(lake: Lake, name: str) -> None:
    """As a power cut leaves files: of the right size, but empty."""
    for path in Path(lake.store.uri(name)).rglob("part-*.parquet"):
        path.write_bytes(bytes(path.stat().st_size))


ASKED: dict[str, Callable[[Work, Place], Any]] = {
    "list": lambda work, root: counted(work, Choice(), "rule"),
    "show": lambda work, root: explained(work, Choice(), SILVER, root),
    "more": lambda work, root: how_many(work, Choice(), SILVER),
    "export": lambda work, root: list(exported(work, Choice(), SILVER, root)),
    "dismiss": lambda work, root: dismiss(work, Choice(), SILVER, "somebody", "old"),
    "replay": lambda work, root: replay(work, Choice(), SILVER),
}


@pytest.mark.parametrize("damage", one_quick([torn, without_data]))
@pytest.mark.parametrize("name", one_quick([QUARANTINE, BRONZE, DECISIONS.name]))
def test_what_is_asked_of_a_quarantine_names_the_table_that_is_damaged_and_the_way_out(
    lake: Lake, name: str, damage: Callable[[Lake, str], None]
) -> None:
    damage(lake, name)
    anew = Lake(lake.folder, lake.catalog)

    for what, ask in ASKED.items():
        with pytest.raises((BrokenLogError, DamagedTableError)) as told:
            ask(anew.work(), lake.zone)

        assert str(told.value).startswith(f"{name} in the lake "), what
        assert lake.store.uri(name) in str(told.value), what


@pytest.mark.parametrize("damage", [torn, without_data, zeroed])
def test_a_query_tells_of_the_damaged_table_that_it_means_and_answers_of_others(
    lake: Lake, damage: Callable[[Lake, str], None]
) -> None:
    damage(lake, SILVER)
    anew = Lake(lake.folder, lake.catalog)

    with pytest.raises((BrokenLogError, DamagedTableError), match=f"^{SILVER} in the lake"):
        Database.of(anew.store, anew.catalog, f"SELECT * FROM {SILVER}")
    quoted = 'SELECT * FROM "commerce"."silver"."web_events"'
    with pytest.raises(QueryError, match=f"{SILVER} in the lake"):
        Database.of(anew.store, anew.catalog, quoted).answer(quoted)
    other = f"SELECT * FROM {QUARANTINE}"
    assert Database.of(anew.store, anew.catalog, other).answer(other).height == 2


@pytest.mark.parametrize("damage", [torn, without_data])
def test_the_list_of_tables_calls_a_damaged_one_so(
    lake: Lake, damage: Callable[[Lake, str], None]
) -> None:
    damage(lake, SILVER)
    anew = Reader(Lake(lake.folder, lake.catalog).store, lake.catalog)

    out = io.StringIO()
    listed.tables(Console(file=out, width=200), anew)

    rows = {row.split()[0]: row for row in out.getvalue().splitlines() if row}
    assert " damaged " in rows[SILVER]
    assert " 3 " in rows[BRONZE]


@pytest.mark.slow
def test_files_of_the_right_size_that_are_no_parquet_any_more_are_told(lake: Lake) -> None:
    zeroed(lake, QUARANTINE)
    told = {"MEGA_TOYS_LANDING_ROOT": str(lake.landing), "MEGA_TOYS_LAKE_ROOT": lake.store.root}

    listed = command("quarantine", "list", SILVER, folder=lake.folder, told=told)
    stands = command("status", folder=lake.folder, told=told)
    wrong = command("doctor", folder=lake.folder, told=told)

    assert listed.returncode == 2
    assert listed.stderr.startswith(f"error: {QUARANTINE} in the lake is damaged: ")
    assert listed.stderr.count("\n") == 1
    assert stands.returncode == 1
    assert f"damaged {QUARANTINE} in the lake" in stands.stdout
    assert SILVER in stands.stdout
    assert f"wrong tables: {QUARANTINE} in the lake is damaged" in wrong.stdout
