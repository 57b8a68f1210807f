"""The latest result of each check, as Dagster keeps it."""

from collections.abc import Sequence

import dagster as dg
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

_WITH_RESULT = {
    AssetCheckExecutionRecordStatus.SUCCEEDED,
    AssetCheckExecutionRecordStatus.FAILED,
}
Result = tuple[dg.AssetCheckEvaluation, str | None]


def latest_results(
    keys: Sequence[dg.AssetCheckKey], instance: dg.DagsterInstance
) -> dict[dg.AssetCheckKey, Result]:
    """The result of each check that has one, with the run that looked, if it was one.

    A run that is about to look, or that failed before it did, leaves the result before it.
    """
    events = instance.event_log_storage
    shown = events.get_latest_asset_check_execution_by_key(keys)
    results = {key: _result(record) for key, record in shown.items()}
    for key in [key for key, result in results.items() if result is None]:
        before = events.get_asset_check_execution_history(key, limit=1, status=_WITH_RESULT)
        results[key] = _result(before[0]) if before else None
    return {key: result for key, result in results.items() if result}


def _result(record: AssetCheckExecutionRecord) -> Result | None:
    found = record.evaluation if record.status in _WITH_RESULT else None
    return (found, record.run_id or None) if found else None
