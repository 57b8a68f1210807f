"""What Dagster shows agrees with the lake, whatever was killed between a commit and its event."""

import datetime as dt
from collections.abc import Collection, Iterator

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from mega_toys.lake.checks import freshness
from mega_toys.lake.stale import moved
from mega_toys.lake.table import Table
from mega_toys.lake.work import Outcome, Work
from mega_toys.orchestration import metadata
from mega_toys.orchestration.events import evaluations, key_of
from mega_toys.orchestration.lakehouse import Lakehouse
from mega_toys.refresh import blocked_by

_TOLD = {"reported": "found in the lake, without an event of the run that wrote it"}


def missing(
    lakehouse: Lakehouse, instance: dg.DagsterInstance
) -> Iterator[dg.AssetMaterialization]:
    """An event of each day that the lake holds and Dagster has none of, or shows as failed."""
    work = lakehouse.work("agreement")
    for table in lakehouse.catalog:
        if table.day_column is None:
            yield from _whole(table, work, instance)
        else:
            yield from _days(table, work, instance)


def _whole(
    table: Table, work: Work, instance: dg.DagsterInstance
) -> Iterator[dg.AssetMaterialization]:
    key = key_of(table.name)
    records = instance.get_asset_records([key])
    entry = records[0].asset_entry if records else None
    last = entry.last_materialization_record if entry else None
    failed = entry and last and entry.last_run_id != last.run_id and _is_done(table, work)
    if (last is None or failed) and work.store.since(table.name, 0).changed:
        yield dg.AssetMaterialization(key, metadata=metadata.of_table(table, work) | _TOLD)


def _days(
    table: Table, work: Work, instance: dg.DagsterInstance
) -> Iterator[dg.AssetMaterialization]:
    key = key_of(table.name)
    shown = instance.get_materialized_partitions(key)
    wanted = {day for day in work.store.rows_by_day(work.stored(table)) if f"{day}" not in shown}
    failed = _failed(key, instance)
    if failed and _is_done(table, work):
        wanted |= {dt.date.fromisoformat(day) for day in failed}
    for day, rows in metadata.of_days(table, wanted, work).items() if wanted else ():
        yield dg.AssetMaterialization(key, partition=day.isoformat(), metadata=rows | _TOLD)


def _failed(key: dg.AssetKey, instance: dg.DagsterInstance) -> set[str]:
    """The days that Dagster shows as failed; asked of the events, since their number is small."""
    events = instance.event_log_storage
    tried = events.get_latest_asset_partition_materialization_attempts_without_materializations(key)
    runs = {run for run, _ in tried.values()}
    if not runs:
        return set()
    only = dg.RunsFilter(run_ids=list(runs), statuses=[dg.DagsterRunStatus.FAILURE])
    failed = {run.run_id for run in instance.get_runs(only)}
    return {day for day, (run, _) in tried.items() if run in failed}


def _is_done(table: Table, work: Work) -> bool:
    """Whether the table is up to date, so that no failure is left to be shown."""
    return not moved(table, work) and not blocked_by(table, work)


def fresh_no_longer(
    lakehouse: Lakehouse, instance: dg.DagsterInstance, work: Work, done: Collection[str]
) -> Iterator[dg.AssetCheckEvaluation]:
    """The result, once, of the check of freshness of tables that got too old without any news."""
    tables = [table for table in lakehouse.catalog if str(table.name) not in done]
    found = {table.name: freshness(table, work) for table in tables}
    late = [table for table in tables if not found[table.name].passed]
    keys = {dg.AssetCheckKey(key_of(t.name), found[t.name].name): t for t in late}
    shown = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys))
    for key, table in keys.items():
        if key not in shown or shown[key].status is not AssetCheckExecutionRecordStatus.FAILED:
            told = Outcome(str(table.name), checks=[found[table.name]])
            yield from evaluations(table, told)
