"""What errors and the doctor advise is done, on the damage, and loses nothing."""

import io
import re
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable
from rich.console import Console

from mega_toys.command import health
from mega_toys.command.doctor import findings
from mega_toys.declared.errors import BrokenLogError, DamagedTableError, MegaToysError
from mega_toys.declared.table import Bronze
from mega_toys.lake.own.files import FILES, SEEN_AS, newest
from mega_toys.lake.quarantined.decisions import DECISIONS
from mega_toys.lake.quarantined.standing import Choice
from mega_toys.lake.reading.by_name import names
from mega_toys.lake.reading.reader import Reader
from mega_toys.lake.reading.sql import Database
from mega_toys.lake.store.mending import WRITTEN_DECISIONS
from mega_toys.lake.store.store import Store
from mega_toys.operations.maintenance import maintain
from mega_toys.operations.problems import problems
from mega_toys.operations.quarantine import dismiss, replay
from mega_toys.operations.rebuild import forget
from mega_toys.operations.refresh import prepare
from mega_toys.settings import Settings
from mega_toys_tests.lakes import Lake, copy_of, needed_for

FUNNEL, SILVER, BRONZE = (
    f"commerce.{name}" for name in ("gold.funnel_daily", "silver.web_events", "bronze.web_events")
)
QUARANTINE, SESSIONS = "commerce.quarantine.web_events", "commerce.silver.sessions"
TABLES = (BRONZE, SILVER, QUARANTINE, FUNNEL, FILES.name, "lake.row_accounts", "lake.received",
          "lake.accepted", "lake.days", DECISIONS.name)  # fmt: skip
DAY = "commerce/web_events/2026-03-10"
OF_THE_RUN = ("quarantined_at", "_ingested_at", "ingested_at", "refreshed_at", *SEEN_AS)


def event(number: int, **told: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number}", "client_id": "c1", "ts": "2026-03-10T12:00:00Z",
        "event_name": "page_view", "device": "mobile", **told,
    }  # fmt: skip


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(tmp_path_factory.mktemp("begun"), needed_for(FUNNEL))
    made.send(f"{DAY}/a.ndjson", event(1), event(2, device="tv"))
    made.refresh()
    dismiss(made.work(), Choice(), SILVER, "somebody", "old")
    made.send(f"{DAY}/b.ndjson", event(3), event(4, device="tv"))
    made.refresh()
    return made


@pytest.fixture
def lake(begun: Lake, tmp_path: Path) -> Lake:
    return copy_of(begun, tmp_path)


def again(lake: Lake) -> Lake:
    return Lake(lake.folder, lake.catalog)


def content(lake: Lake) -> dict[str, pl.DataFrame]:
    every = {name: lake.store.scan(name) for name in TABLES}
    every[FILES.name] = newest(every[FILES.name])  # what is read again is a version more
    rows = {name: scan.collect().drop(OF_THE_RUN, strict=False) for name, scan in every.items()}
    return {name: found.sort(pl.struct(pl.all())) for name, found in rows.items()}


def log_of(lake: Lake, name: str) -> list[Path]:
    return sorted(Path(lake.store.uri(name), "_delta_log").glob("*.json"))


def gone(lake: Lake, name: str) -> None:
    shutil.rmtree(lake.store.uri(name))


def emptied(lake: Lake, name: str) -> None:
    log_of(lake, name)[-1].write_bytes(b"")


def torn(lake: Lake, name: str) -> None:
    log_of(lake, name)[-1].write_bytes(b'{"add": {"pa')


def holed(lake: Lake, name: str) -> None:
    log_of(lake, name)[-2].unlink()


def data_files(lake: Lake, name: str) -> list[Path]:
    table = Path(lake.store.uri(name))
    return [path for path in table.rglob("*.parquet") if "_delta_log" not in path.parts]


def without_data(lake: Lake, name: str) -> None:
    for path in data_files(lake, name):
        path.unlink()


def cut(lake: Lake, name: str) -> None:
    for path in data_files(lake, name):
        path.write_bytes(path.read_bytes()[:-9])


def told_of(lake: Lake, name: str) -> str:
    """What the lake says of a damaged table."""
    mended = again(lake)
    with pytest.raises((BrokenLogError, DamagedTableError)) as told:
        Reader(mended.store, mended.catalog).scan(name)
    said = {one.said for one in findings(settings(mended), mended.catalog) if not one.well}
    assert any(str(told.value) in one for one in said), said
    return str(told.value)


def settings(lake: Lake) -> Settings:
    return Settings(
        landing_root=lake.landing, lake_root=lake.store.root, dagster_home=lake.folder / "home"
    )


def follow(advice: str) -> None:
    """Remove what the advice says is to be removed."""
    path = re.search(r"[Rr]emove (/\S+?):", advice) or re.search(r"Put (/\S+) back", advice)
    assert path, advice
    place = Path(path.group(1))
    shutil.rmtree(place) if place.is_dir() else place.unlink()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("damage", "name"),
    [
        *product([emptied, holed, without_data], TABLES),
        *product([torn, cut], (BRONZE, SILVER, FILES.name, DECISIONS.name)),
    ],
)
def test_what_is_advised_mends_the_table_and_loses_nothing(
    lake: Lake, damage: Callable[[Lake, str], None], name: str
) -> None:
    right = content(lake)
    damage(lake, name)
    follow(told_of(lake, name))

    for _ in range(2):
        again(lake).refresh()

    for one, rows in content(again(lake)).items():
        assert rows.equals(right[one]), one
    assert [one.told for one in problems(again(lake).plan())] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_a_table_put_back_from_a_backup_is_brought_up_to_date_and_loses_nothing(
    lake: Lake, name: str
) -> None:
    backup = shutil.copytree(lake.store.uri(name), lake.folder / "backup")
    lake.send(f"{DAY}/c.ndjson", event(5), event(6, device="tv"))
    lake.refresh()
    dismiss(lake.work(), Choice(), SILVER, "somebody", "old")
    lake.refresh()
    right = content(lake)
    shutil.rmtree(lake.store.uri(name))
    shutil.copytree(backup, lake.store.uri(name))

    for _ in range(2):
        again(lake).refresh()

    for one, rows in content(again(lake)).items():
        assert rows.equals(right[one]), one


@pytest.mark.slow
@pytest.mark.parametrize(
    ("harm", "name"),
    [*product([gone, torn], names(needed_for(FUNNEL))), *product([without_data], TABLES)],
)
def test_status_and_doctor_name_a_table_that_is_gone_or_damaged_and_still_tell_of_the_others(
    lake: Lake, name: str, harm: Callable[[Lake, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEGA_TOYS_LANDING_ROOT", str(lake.landing))
    if harm is without_data and not data_files(lake, name):
        pytest.skip("a table without rows has no data files")
    harm(lake, name)
    out = io.StringIO()

    is_well = health.status(Console(file=out, width=200), Reader(again(lake).store, lake.catalog))

    rows = {row.split()[0]: row for row in out.getvalue().splitlines() if row}
    assert not is_well
    assert {str(t.name) for t in lake.catalog if not isinstance(t, Bronze)} <= rows.keys()
    assert "up to date" not in rows.get(SILVER if name == QUARANTINE else name, "")
    if harm is not gone and name == SILVER:
        assert all(f"blocked by {SILVER}" in rows[one] for one in (SESSIONS, FUNNEL))
    if harm is not gone and name == FILES.name:
        assert all(f"blocked by {FILES.name}" in rows[one] for one in (SILVER, SESSIONS, FUNNEL))
    told = f"missing {name} is not in" if harm is gone else f"damaged {name} in"
    assert f"{told} the lake" in out.getvalue()
    wrong = [one.said for one in findings(settings(lake), lake.catalog) if not one.well]
    assert any(one.startswith(f"{name} ") for one in wrong), wrong


@pytest.mark.slow
def test_a_bronze_table_that_is_gone_is_told_with_the_rows_whose_files_are_gone(lake: Lake) -> None:
    shutil.rmtree(lake.store.uri(BRONZE))
    whole = [one.told for one in problems(again(lake).plan())]
    (lake.landing / DAY / "a.ndjson").unlink()
    lacking = [one.told for one in problems(again(lake).plan())]

    assert whole == [
        f"{BRONZE} is not in the lake: the next refresh makes it anew. "
        "All its files are in the landing zone."
    ]
    assert lacking == [
        f"{BRONZE} is not in the lake: the next refresh makes it anew. "
        "2 rows came from files that are gone: put these back first."
    ]


def test_decisions_that_are_gone_with_what_is_written_of_them_are_told_to_be_lost(
    lake: Lake,
) -> None:
    shutil.rmtree(lake.store.uri(DECISIONS.name))
    (written_down,) = (one.told for one in problems(again(lake).plan()))
    Path(lake.store.root, WRITTEN_DECISIONS).unlink()
    (lost,) = (one.told for one in problems(again(lake).plan()))

    assert written_down.endswith("the next refresh makes it anew.")
    assert lost.endswith("What was decided is nowhere else.")


def test_where_nothing_was_decided_a_torn_table_of_decisions_may_be_removed(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for(FUNNEL))
    lake.refresh()
    first = Path(lake.store.uri(DECISIONS.name), "_delta_log", f"{0:020}.json")
    first.write_bytes(first.read_bytes()[:40])

    (advice,) = (one.told for one in problems(again(lake).plan()))
    follow(advice)
    again(lake).refresh()

    assert "nothing was decided" in advice
    assert [one.told for one in problems(again(lake).plan())] == []


def test_a_query_of_a_damaged_table_names_table_file_and_way_out(lake: Lake) -> None:
    without_data(lake, SILVER)
    (file, *_) = lake.store.damage(SILVER)

    with pytest.raises(MegaToysError) as told:
        Database.of(lake.store, lake.catalog, f"SELECT * FROM {SILVER}")

    assert file.endswith(" is gone")
    for part in (SILVER, file, "Put ", lake.store.uri(SILVER)):
        assert part in str(told.value)
    of_bronze = Database.of(lake.store, lake.catalog, f"SELECT * FROM {BRONZE}")
    assert of_bronze.answer(f"SELECT * FROM {BRONZE}").height == 4


def test_bronze_that_is_damaged_is_told_with_the_files_it_needs(lake: Lake) -> None:
    without_data(lake, BRONZE)
    told = [one.said for one in findings(settings(lake), lake.catalog) if not one.well]
    assert told
    assert told[0].endswith("All its files are in the landing zone.")

    (lake.landing / DAY / "a.ndjson").unlink()
    told = [one.said for one in findings(settings(lake), lake.catalog) if not one.well]
    assert told[0].endswith("2 rows came from files that are gone: put these back first.")


def test_what_waits_or_is_missing_is_a_problem_of_the_lake(lake: Lake) -> None:
    assert list(problems(lake.plan())) == []

    lake.send(f"{DAY}/c.ndjson", event(5))
    assert [(one.kind, one.told) for one in problems(lake.plan())] == [
        ("waiting", f"{BRONZE}: 1 file")
    ]
    lake.refresh()
    without = lake.landing.rename(lake.folder / "elsewhere")
    assert [one.kind for one in problems(lake.plan())] == ["missing"]
    without.rename(lake.landing)

    shutil.rmtree(lake.store.uri(BRONZE))
    prepare(again(lake).work())
    kinds = {one.kind for one in problems(again(lake).plan())}
    assert kinds == {"waiting"}


def vacuumed(store: Store, name: object, _: int) -> int:
    """A vacuum as of a week later, with its commits."""
    table, properties = DeltaTable(store.uri(name)), store._as_before(name)
    return len(
        table.vacuum(
            0, dry_run=False, enforce_retention_duration=False, commit_properties=properties
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "written"),
    [
        (QUARANTINE, "maintenance"), (QUARANTINE, "replay"), (QUARANTINE, "dismissal"),
        ("lake.accepted", "maintenance"), ("lake.accepted", "rebuild"),
    ],
)  # fmt: skip
def test_a_table_put_back_is_noticed_also_where_something_else_writes_before_the_refresh(
    lake: Lake, name: str, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = shutil.copytree(lake.store.uri(name), lake.folder / "backup")
    lake.send(f"{DAY}/c.ndjson", event(5), event(6, device="tv"))
    lake.refresh()
    right, version = content(lake), lake.store.version(name)
    shutil.rmtree(lake.store.uri(name))
    shutil.copytree(backup, lake.store.uri(name))
    monkeypatch.setattr(Store, "vacuum", vacuumed)

    work = again(lake).work()
    if written == "replay":
        replay(work, Choice(status=None), SILVER)
    elif written == "dismissal":
        dismiss(work, Choice(row=9), SILVER, "somebody", "none is so")
    elif written == "rebuild":
        forget([work.catalog[FUNNEL]], work)
    while lake.store.version(name) < version:
        list(
            maintain(again(lake).work(), lake.zone)
            if written == "maintenance"
            else [vacuumed(lake.store, name, 0)]
        )
    again(lake).refresh()

    for one in (SILVER, QUARANTINE, "lake.accepted"):
        assert content(again(lake))[one].equals(right[one]), one
