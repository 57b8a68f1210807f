"""The landing zone in Dagster: an asset of its own, with its checks."""

from collections.abc import Iterator
from typing import Any, cast

import dagster as dg

from mega_toys.ingestion.landing import refuse_missing, why_missing
from mega_toys.ingestion.loading.ignored import of_no_dataset
from mega_toys.lake.checks.check import Declared, found
from mega_toys.orchestration.reporting.events import shown
from mega_toys.orchestration.reporting.latest import latest_results
from mega_toys.orchestration.reporting.metadata import EACH
from mega_toys.orchestration.reporting.run_log import Event
from mega_toys.orchestration.resources.lakehouse import Lakehouse

KEY = dg.AssetKey(["lake", "landing_zone"])
CHECK = "landing_zone_is_there"
OF_A_DATASET = Declared(
    name="files_are_of_a_dataset",
    description="Each file of the landing zone lies in the folder of a dataset. The others are "
    "ignored: nothing is taken in of them.",
)


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


@dg.asset_check(asset=KEY, name=OF_A_DATASET.name, description=OF_A_DATASET.description)
def files_are_of_a_dataset(lakehouse: dg.ResourceParam[Lakehouse]) -> dg.AssetCheckResult:
    """Which files belong to no dataset, as the last refresh found them."""
    return dg.AssetCheckResult(**_of_a_dataset(lakehouse))


CHECKS = [landing_zone_is_there, files_are_of_a_dataset]


def _of_a_dataset(lakehouse: Lakehouse) -> dict[str, Any]:
    work = lakehouse.work(OF_A_DATASET.name)
    result = shown(found(OF_A_DATASET, *of_no_dataset(lakehouse.catalog.bronze, work)))
    del result["metadata"]["days"]  # it has none
    return result


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
    result, before = _result(lakehouse), _shown(CHECK, instance)
    if result["passed"] != (before.passed if before else unless):
        yield dg.AssetCheckEvaluation(asset_key=KEY, check_name=CHECK, **result)


def _ignored_otherwise(
    lakehouse: Lakehouse, instance: dg.DagsterInstance
) -> Iterator[dg.AssetCheckEvaluation]:
    """Which files belong to no dataset, where other ones are shown."""
    result = _of_a_dataset(lakehouse)
    now = dg.AssetCheckEvaluation(asset_key=KEY, check_name=OF_A_DATASET.name, **result)
    before = _shown(OF_A_DATASET.name, instance)
    if before is None or before.metadata.get(EACH) != now.metadata.get(EACH):
        yield now


def _shown(check: str, instance: dg.DagsterInstance) -> dg.AssetCheckEvaluation | None:
    key = dg.AssetCheckKey(KEY, check)
    result, _ = latest_results([key], instance).get(key, (None, None))
    return result


def not_shown(lakehouse: Lakehouse, instance: dg.DagsterInstance) -> list[Event]:
    """What makes Dagster show the landing zone as it is: nothing, where it already does."""
    seen = instance.fetch_observations(KEY, 1).records
    observed = [] if seen else [dg.AssetObservation(KEY, metadata=_path(lakehouse))]
    of_checks = changed(lakehouse, instance, unless=None)
    return [*observed, *of_checks, *_ignored_otherwise(lakehouse, instance)]
