import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent, StepMaterializationData
from dagster._core.events.log import EventLogEntry

from mega_toys.orchestration.storage import EventLog

KEY = dg.AssetKey(["commerce", "gold", "daily_sales"])


def event(day: str, **told: int) -> EventLogEntry:
    made = dg.AssetMaterialization(KEY, partition=day, metadata=told)
    return EventLogEntry(  # type: ignore[no-untyped-call]
        error_info=None,
        level=20,
        user_message="",
        run_id="run",
        timestamp=time.time(),
        dagster_event=DagsterEvent(
            event_type_value=dg.DagsterEventType.ASSET_MATERIALIZATION.value,
            job_name="refresh",
            event_specific_data=StepMaterializationData(made),
        ),
    )


def materialized(events: EventLog) -> list[dg.AssetMaterialization | None]:
    records = events.get_records_for_run("run").records
    return [record.event_log_entry.asset_materialization for record in records]


@pytest.mark.parametrize("days", [["2026-03-10"], ["2026-03-10", "2026-03-11", "2026-03-12"]])
def test_many_events_are_stored_as_one_by_one(tmp_path: Path, days: list[str]) -> None:
    events, single = EventLog(str(tmp_path / "many")), EventLog(str(tmp_path / "single"))
    made = [event(day) for day in days]

    events.store_event_batch(made)
    for one in made:
        single.store_event(one)

    for storage in (events, single):
        assert storage.get_materialized_partitions(KEY) == set(days)
        (record,) = storage.get_asset_records([KEY])
        newest = record.asset_entry.last_materialization_record
        assert newest is not None
        assert (newest.partition_key, newest.storage_id) == (days[-1], len(days))
    assert materialized(events) == materialized(single)


def test_events_of_days_that_say_different_things_are_stored_each_with_its_own(
    tmp_path: Path,
) -> None:
    events = EventLog(str(tmp_path))
    told = {"2026-03-10": 1, "2026-03-11": 1, "2026-03-12": 2, "2026-03-13": 2}

    events.store_event_batch([event(day, rows=rows) for day, rows in told.items()])

    found = {made.partition: made.metadata["rows"].value for made in materialized(events) if made}
    assert found == told


def test_of_many_events_all_are_stored_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = EventLog(str(tmp_path))

    def full(*args: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(EventLog, "_store_asset_event", full)
    with pytest.raises(OSError, match="full"):
        events.store_event_batch([event("2026-03-10"), event("2026-03-11")])
    monkeypatch.undo()

    assert events.get_materialized_partitions(KEY) == set()
    events.store_event(event("2026-03-12"))
    assert events.get_materialized_partitions(KEY) == {"2026-03-12"}


def test_who_watches_a_run_is_told_of_what_another_connection_stores(tmp_path: Path) -> None:
    written, watched = EventLog(str(tmp_path)), EventLog(str(tmp_path))
    told: list[str] = []

    def tell(entry: EventLogEntry, cursor: str) -> None:
        told.append(cursor)

    watched.watch("run", None, tell)
    written.store_event(event("2026-03-10"))
    waited_until = time.monotonic() + 30
    while not told and time.monotonic() < waited_until:
        time.sleep(0.05)
    watched.end_watch("run", tell)
    watched.dispose()

    assert len(told) == 1
