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


def looked_at(check: str, *, passed: bool, run: str = "run") -> EventLogEntry:
    found = dg.AssetCheckEvaluation(asset_key=KEY, check_name=check, passed=passed, metadata={})
    kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION.value
    of = DagsterEvent(event_type_value=kind, job_name="refresh", event_specific_data=found)
    return event("")._replace(dagster_event=of, run_id=run)


def test_what_checks_found_is_stored_as_one_by_one(tmp_path: Path) -> None:
    events, single = EventLog(str(tmp_path / "many")), EventLog(str(tmp_path / "single"))
    batches = [
        [looked_at("unique", passed=False), looked_at("fresh", passed=True)],
        [looked_at("unique", passed=True), looked_at("unique", passed=False)],  # told once more
        [looked_at("unique", passed=True, run="next"), looked_at("fresh", passed=False)],
    ]

    shown = []
    for storage in (events, single):
        for batch in batches:
            if storage is events:
                storage.store_event_batch(batch)
            for one in batch if storage is single else ():
                storage.store_event(one)
        keys = [dg.AssetCheckKey(KEY, name) for name in ("unique", "fresh")]
        shown.append(
            [
                (one.key, one.status, one.run_id, one.evaluation)
                for key in keys
                for one in storage.get_asset_check_execution_history(key, limit=9)
            ]
        )
        latest = storage.get_latest_asset_check_execution_by_key(keys)
        shown[-1] += [(k, one.status, one.run_id, one.evaluation) for k, one in latest.items()]

    assert shown[0] == shown[1]
    assert len(shown[0]) == 3 + 2


@pytest.mark.slow
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
