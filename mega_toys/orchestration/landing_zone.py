"""The landing zone in Dagster: an asset of its own, with the check that it is there."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from mega_toys.ingestion.landing import why_missing
from mega_toys.orchestration.lakehouse import Lakehouse
from mega_toys.orchestration.latest import latest_results

KEY = dg.AssetKey(["lake", "landing_zone"])
CHECK = "landing_zone_is_there"


def landing_zone_of(lakehouse: Lakehouse) -> dg.AssetSpec:
    """The folder in which files arrive."""
    return dg.AssetSpec(
        key=KEY,
        group_name="lake",
        kinds={"files"},
        description="The folder in which delivered files arrive.",
        metadata={"path": dg.MetadataValue.path(str(lakehouse.settings.landing_root.absolute()))},
    )


@dg.asset_check(
    asset=KEY, name=CHECK, description="The landing zone is there, so that nothing is overlooked."
)
def landing_zone_is_there(lakehouse: dg.ResourceParam[Lakehouse]) -> dg.AssetCheckResult:
    """Whether files can be taken in."""
    return dg.AssetCheckResult(**_result(lakehouse))


def _result(lakehouse: Lakehouse) -> dict[str, Any]:
    why = why_missing(lakehouse.settings.landing_root)
    return {"passed": why is None, "metadata": {"reason": why} if why else {}}


def changed(
    lakehouse: Lakehouse, instance: dg.DagsterInstance
) -> Iterator[dg.AssetCheckEvaluation]:
    """The check's result, once each time that it changes."""
    result, key = _result(lakehouse), dg.AssetCheckKey(KEY, CHECK)
    before, _ = latest_results([key], instance).get(key, (None, None))
    if result["passed"] != (before.passed if before else True):
        yield dg.AssetCheckEvaluation(asset_key=KEY, check_name=CHECK, **result)
