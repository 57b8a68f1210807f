"""The landing zone in Dagster: an asset of its own, with the check that it is there."""

from collections.abc import Iterator
from typing import Any, cast

import dagster as dg

from mega_toys.ingestion.landing import refuse_missing, why_missing
from mega_toys.orchestration.reporting.latest import latest_results
from mega_toys.orchestration.reporting.run_log import Event
from mega_toys.orchestration.resources.lakehouse import Lakehouse

KEY = dg.AssetKey(["lake", "landing_zone"])
CHECK = "landing_zone_is_there"


def landing_zone_of(lakehouse: Lakehouse) -> dg.AssetsDefinition:
    """The folder in which files arrive; to observe it is to look whether it is there."""
    spec = dg.AssetSpec(
        key=KEY,
        group_name="lake",
        kinds={"files"},
        description="The folder in which delivered files arrive.",
        metadata=_path(lakehouse),
    )

    @dg.multi_observable_source_asset(  # type: ignore[untyped-decorator]  # it is not typed
        name="look_at_landing_zone", specs=[spec]
    )
    def look(lakehouse: dg.ResourceParam[Lakehouse]) -> dg.ObserveResult:
        refuse_missing(lakehouse.settings.landing_root)
        return dg.ObserveResult(asset_key=KEY, metadata=_path(lakehouse))

    return cast(dg.AssetsDefinition, look)


def _path(lakehouse: Lakehouse) -> dict[str, Any]:
    return {"path": dg.MetadataValue.path(str(lakehouse.settings.landing_root))}


@dg.asset_check(
    asset=KEY, name=CHECK, description="The landing zone is there, so that nothing is overlooked."
)
def landing_zone_is_there(lakehouse: dg.ResourceParam[Lakehouse]) -> dg.AssetCheckResult:
    """Whether files can be taken in."""
    return dg.AssetCheckResult(**_result(lakehouse))


def _result(lakehouse: Lakehouse) -> dict[str, Any]:
    why = why_missing(lakehouse.settings.landing_root)
    return {
        "passed": why is None,
        "description": why or "The landing zone is there.",
        "metadata": {"reason": why} if why else {},
    }


def changed(
    lakehouse: Lakehouse, instance: dg.DagsterInstance, unless: bool | None = True
) -> Iterator[dg.AssetCheckEvaluation]:
    """The check's result, once each time that it changes; and where none is shown, `unless` so."""
    result, key = _result(lakehouse), dg.AssetCheckKey(KEY, CHECK)
    before, _ = latest_results([key], instance).get(key, (None, None))
    if result["passed"] != (before.passed if before else unless):
        yield dg.AssetCheckEvaluation(asset_key=KEY, check_name=CHECK, **result)


def not_shown(lakehouse: Lakehouse, instance: dg.DagsterInstance) -> list[Event]:
    """What makes Dagster show the landing zone as it is: nothing, where it already does."""
    seen = instance.fetch_observations(KEY, 1).records
    observed = [] if seen else [dg.AssetObservation(KEY, metadata=_path(lakehouse))]
    return [*observed, *changed(lakehouse, instance, unless=None)]
