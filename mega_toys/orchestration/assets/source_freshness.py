"""Whether a source that is pulled is fresh: nothing in its system waits too long to be pulled."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from mega_toys.declared.described import promised
from mega_toys.operations.pulling import Asked
from mega_toys.orchestration.reporting.latest import latest_results

NAME = "is_fresh"
_DESCRIPTION = (
    "What is new in the system waits no longer to be pulled than the table's contract promises to "
    "be fresh. Of a system that cannot be asked that is since it could last; how long rows wait is "
    "unknown where no mark tells a time."
)
_HOUR_S = 3600
Waited = Mapping[dg.AssetKey, tuple[Asked, dt.timedelta, str]]  # what waits how long, and why


def spec_of(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """The check of a source."""
    return dg.AssetCheckSpec(NAME, asset=key, description=_DESCRIPTION)


def fresh(one: Asked) -> dg.AssetCheckResult:
    """The result after a pull, which left nothing waiting."""
    return dg.AssetCheckResult(check_name=NAME, **_after_pull(one))


def told_fresh(key: dg.AssetKey, one: Asked) -> dg.AssetCheckEvaluation:
    """The same, of a pull that was no run of Dagster's."""
    return dg.AssetCheckEvaluation(asset_key=key, check_name=NAME, **_after_pull(one))


def changed(waited: Waited, instance: dg.DagsterInstance) -> Iterator[dg.AssetCheckEvaluation]:
    """The results that are others than those that Dagster shows; a first one only if it is bad."""
    keys = {dg.AssetCheckKey(key, NAME): key for key in waited}
    shown = latest_results([*keys], instance)
    for check, key in keys.items():
        result = _result(*waited[key])
        if result["passed"] != (shown[check][0].passed if check in shown else True):
            yield dg.AssetCheckEvaluation(asset_key=key, check_name=NAME, **result)


def _after_pull(one: Asked) -> dict[str, Any]:
    return _result(one, dt.timedelta(), "All was pulled.")


def _result(one: Asked, waited: dt.timedelta, why: str) -> dict[str, Any]:
    expected, hours = one.table.contract.expected_within, waited.total_seconds() / _HOUR_S
    return {
        "passed": waited <= expected,
        "severity": dg.AssetCheckSeverity.WARN,
        "description": why,
        "metadata": {"waited (h)": round(hours, 2), "expected within": promised(expected)},
    }
