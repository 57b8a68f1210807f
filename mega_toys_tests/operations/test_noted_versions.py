"""What a note refers to is replaced before Delta cleans the log, and else is not known."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from deltalake import DeltaTable

from mega_toys.declared.errors import LakeError
from mega_toys.faults.ageing import age
from mega_toys.lake.news.stale import moved
from mega_toys.lake.reading.reader import Reader
from mega_toys.lake.store.note import Note
from mega_toys.operations.noted_versions import renew_noted_versions
from mega_toys_tests.lakes import Lake, needed_for

DOWNTIMES = "manufacturing.silver.downtimes"
MACHINES, REJECTED = "manufacturing.silver.machines", "manufacturing.quarantine.downtimes"
NOON = "2026-03-10T12:00:00Z"
DAY_S = 24 * 3600
FACTORY = {
    "factory_id": "F", "name": "n", "country": "de", "currency": "eur",
    "time_zone": "Europe/Berlin", "updated_at": NOON,
}  # fmt: skip
MACHINE = {
    "machine_id": "M", "factory_id": "F", "line_id": "L", "model": "m",
    "commissioned_on": "2026-01-01", "updated_at": NOON,
}  # fmt: skip
DOWNTIME = {
    "factory_id": "F", "machine_id": "M", "kind": "planned", "started_at": NOON, "updated_at": NOON
}  # fmt: skip


def stop(lake: Lake, number: int, **told: str) -> None:
    path = f"manufacturing/downtimes/2026-03-1{number}/{number}.ndjson"
    lake.send(path, DOWNTIME | {"downtime_id": f"d{number}"} | told)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A table that waits for a machine of a register that brings nothing new."""
    lake = Lake(tmp_path, needed_for(DOWNTIMES))
    lake.send("manufacturing/factories/2026-03-10/a.ndjson", FACTORY)
    lake.send("manufacturing/machines/2026-03-10/a.ndjson", MACHINE)
    stop(lake, 1)
    stop(lake, 2, machine_id="M2")
    lake.refresh()
    return lake


def aged(lake: Lake, name: str, days: float) -> None:
    """Let so much time pass over what the log of a table has."""
    for path in (Path(lake.store.uri(name)) / "_delta_log").iterdir():
        os.utime(path, (at := path.stat().st_mtime - days * DAY_S, at))


def without_news(lake: Lake, name: str, commits: int) -> None:
    """Let a table be refreshed without any change of its rows, as a repeated export does."""
    state = lake.store.state(name)
    note = Note(run="r", batch="b", changed=False, reads=state.reads if state else {})
    for _ in range(commits):
        lake.store.mark(name, note)


def log_is_cleaned(lake: Lake, name: str) -> None:
    """Let Delta clean the log, with all commits older than it keeps them but for the last few."""
    without_news(lake, name, 110)
    aged(lake, name, 40)
    without_news(lake, name, 2)
    DeltaTable(lake.store.uri(name)).cleanup_metadata()
    assert lake.store.since(name, 1).commits is None


@pytest.mark.slow
@pytest.mark.parametrize("name", [MACHINES, REJECTED, "manufacturing.bronze.downtimes"])
@pytest.mark.parametrize(
    "send",
    [
        lambda lake: stop(lake, 3),
        lambda lake: stop(lake, 1, kind="malfunction"),
        lambda lake: lake.send(
            "manufacturing/machines/2026-03-11/a.ndjson", MACHINE, MACHINE | {"machine_id": "M2"}
        ),
    ],
    ids=["a new record", "a file sent again", "a key that becomes known"],
)
def test_where_a_log_was_cleaned_a_table_is_made_anew(
    name: str, send: Callable[[Lake], None], lake: Lake, tmp_path: Path
) -> None:
    log_is_cleaned(lake, name)
    send(lake)

    outcomes = lake.refresh()

    whole = Lake(tmp_path / "whole", lake.catalog)
    whole.landing.rmdir()
    whole.landing.symlink_to(lake.landing)
    whole.refresh()
    assert not any(outcome.failed for outcome in outcomes.values())
    for table in (DOWNTIMES, REJECTED, "lake.row_accounts"):
        drop = ("_ingested_at", "quarantined_at")
        found, wanted = (one.rows(table).drop(drop, strict=False) for one in (lake, whole))
        assert found.sort(found.columns[:2]).equals(wanted.sort(found.columns[:2])), table
    assert all(not moved(table, lake.work()) for table in lake.catalog.from_bronze)


@pytest.mark.slow
def test_without_news_the_versions_noted_outlive_the_log_at_a_commit_in_three_days(
    lake: Lake,
) -> None:
    before = lake.store.version(DOWNTIMES)
    for _ in range(220):
        aged(lake, MACHINES, 1)
        aged(lake, DOWNTIMES, 1)
        without_news(lake, MACHINES, 1)
        renew_noted_versions(lake.work())

    work = lake.work()
    state = work.store.state(DOWNTIMES)
    assert state is not None
    assert work.store.since(MACHINES, 1).commits is None  # Delta has cleaned
    assert work.store.since(MACHINES, state.reads[MACHINES]).commits is not None
    assert not moved(work.catalog[DOWNTIMES], work)
    assert lake.store.version(DOWNTIMES) - before <= 220 / 3 + 1


@pytest.mark.slow
def test_a_version_that_was_cleaned_cannot_be_read_and_is_told_so(lake: Lake) -> None:
    log_is_cleaned(lake, MACHINES)

    with pytest.raises(LakeError, match="as it was at 1: its newest version"):
        Reader(lake.store, lake.catalog).scan(MACHINES, 1)


def test_a_renewed_note_is_no_news_and_no_taking_in(lake: Lake) -> None:
    without_news(lake, MACHINES, 1)
    aged(lake, MACHINES, 8)
    before, taken_in = lake.store.state(DOWNTIMES), lake.store.taken_in_at(DOWNTIMES)
    version = lake.store.version(DOWNTIMES)

    renew_noted_versions(lake.work())

    after = lake.store.state(DOWNTIMES)
    assert before is not None
    assert after is not None
    assert after.reads == {**before.reads, MACHINES: lake.store.version(MACHINES)}
    assert lake.store.taken_in_at(DOWNTIMES) == taken_in
    assert not lake.store.since(DOWNTIMES, version).changed


def test_a_commit_is_as_old_as_it_says_also_in_a_copy_whose_files_are_new(lake: Lake) -> None:
    without_news(lake, MACHINES, 1)
    age(Path(lake.store.root), 4)
    for path in Path(lake.store.root).rglob("*.json"):
        os.utime(path)
    before = lake.store.state(DOWNTIMES)
    assert before is not None
    assert before.reads[MACHINES] < lake.store.version(MACHINES)

    renew_noted_versions(lake.work())

    after = lake.store.state(DOWNTIMES)
    assert after is not None
    assert after.reads[MACHINES] == lake.store.version(MACHINES)


@pytest.mark.slow
def test_an_input_with_news_is_not_noted_as_taken_in(lake: Lake) -> None:
    before = lake.store.state(DOWNTIMES)
    lake.send("manufacturing/machines/2026-03-11/a.ndjson", MACHINE | {"model": "n"})
    Lake(lake.folder, needed_for(MACHINES)).refresh()
    without_news(lake, MACHINES, 60)
    aged(lake, MACHINES, 8)

    renew_noted_versions(lake.work())

    assert lake.store.state(DOWNTIMES) == before


@pytest.mark.slow
def test_a_build_that_was_not_finished_stays_to_be_seen(lake: Lake) -> None:
    work = lake.work()
    stored = work.stored(work.catalog[DOWNTIMES])
    rows = work.store.scan(DOWNTIMES).collect().lazy()
    work.store.replace_all(stored, rows, work.note(work.catalog[DOWNTIMES], whole=True))
    without_news(lake, MACHINES, 60)
    before = lake.store.state(DOWNTIMES)

    renew_noted_versions(work)

    assert lake.store.state(DOWNTIMES) == before


@pytest.mark.slow
def test_fifty_commits_without_news_are_not_read_again_and_again(lake: Lake) -> None:
    without_news(lake, MACHINES, 49)
    renew_noted_versions(lake.work())
    before = lake.store.state(DOWNTIMES)
    assert before is not None
    assert before.reads[MACHINES] == lake.store.version(MACHINES) - 49

    without_news(lake, MACHINES, 1)
    renew_noted_versions(lake.work())

    after = lake.store.state(DOWNTIMES)
    assert after is not None
    assert after.reads[MACHINES] == lake.store.version(MACHINES)
