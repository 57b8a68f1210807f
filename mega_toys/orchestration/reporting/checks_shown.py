"""What Dagster shows of checks agrees with the lake, whatever was killed between note and event."""

from collections.abc import Collection, Iterable, Iterator

import dagster as dg
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.table import Table
from mega_toys.lake.checks import IS_FRESH, declared, freshness, noted
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys.orchestration.reporting.events import evaluations, key_of
from mega_toys.orchestration.reporting.latest import latest_results
from mega_toys.orchestration.resources.lakehouse import Lakehouse

_PLANNED = AssetCheckExecutionRecordStatus.PLANNED
_FAILED = AssetCheckExecutionRecordStatus.FAILED
Statuses = dict[str, AssetCheckExecutionRecordStatus]  # by check


def shown_otherwise(lakehouse: Lakehouse, instance: dg.DagsterInstance, work: Work) -> list[Table]:
    """The tables of which Dagster shows checks otherwise than the lake has noted them.

    Also where it shows none at all, or one that a run which is over was to run. A check that the
    code has only now is shown once the table is looked at.
    """
    tables = [table for table in lakehouse.catalog if _was_checked(table, work)]
    keys = [dg.AssetCheckKey(key_of(t.name), check.name) for t in tables for check in declared(t)]
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    under_way = _under_way(records.values(), instance)
    shown: dict[dg.AssetKey, Statuses] = {}
    for key, record in records.items():
        of_table = shown.setdefault(key.asset_key, {})
        if record.run_id not in under_way:
            of_table[key.name] = record.status
    return [table for table in tables if _differs(table, shown.get(key_of(table.name)), work)]


def _was_checked(table: Table, work: Work) -> bool:
    """Whether a run has written the table, and its checks have looked at all of that."""
    state = work.store.state(table.name)
    left = state and (state.unchecked or state.crashed)
    return bool(state and work.store.version(table.name) > 0 and not left)


def _under_way(
    records: Collection[AssetCheckExecutionRecord], instance: dg.DagsterInstance
) -> set[str]:
    """The runs that are to run checks yet."""
    runs = {one.run_id for one in records if one.status is _PLANNED}
    there = instance.get_runs(dg.RunsFilter(run_ids=[*runs])) if runs else []
    return {run.run_id for run in there if not run.is_finished}


def _differs(table: Table, shown: Statuses | None, work: Work) -> bool:
    if shown is None or _PLANNED in shown.values():
        return True
    stands = noted(table, work)
    wrong = {*stands.failed, *stands.warned}
    if any((shown[name] is _FAILED) != (name in wrong) for name in shown if name != IS_FRESH.name):
        return True
    return shown.get(IS_FRESH.name) is _FAILED and freshness(table, work).passed


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
        if key not in shown or shown[key].status is not _FAILED:
            told = Outcome(str(table.name), checks=[found[table.name]])
            yield from evaluations(table, told)


def still_found(
    told: Iterable[object], catalog: Catalog, instance: dg.DagsterInstance
) -> list[dg.AssetCheckEvaluation]:
    """The results, once more, of the checks of tables of which days are told again.

    Dagster calls a check not executed where its result is older than the newest of these.
    """
    tables = {one.asset_key for one in told if isinstance(one, dg.AssetMaterialization)}
    keys = [
        dg.AssetCheckKey(key_of(table.name), check.name)
        for table in catalog
        if key_of(table.name) in tables
        for check in declared(table)
    ]
    return [found for found, _ in latest_results(keys, instance).values()]
