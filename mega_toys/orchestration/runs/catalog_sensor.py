"""When the catalog is written anew: after refreshes that changed something, and by the clock."""

from time import time

import dagster as dg

from mega_toys.orchestration.assets.catalog_pages import BUILD_CATALOG, ages
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.runs.jobs import REFRESH
from mega_toys.orchestration.runs.sensors import UNFINISHED, failed_in_a_row, wait_after, when

LEAST_S, LONGEST_S = 600, 3600  # between two builds: with news, and without


@dg.sensor(
    job=BUILD_CATALOG,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for the catalog's pages after refreshes that changed something, every ten "
    "minutes at most; without any, once an hour, for what is late goes by the clock.",
)
def stale_catalog(
    context: dg.SensorEvaluationContext, lakehouse: dg.ResourceParam[Lakehouse]
) -> dg.RunRequest | dg.SkipReason:
    """Compares when the pages were made with when the lake was written to."""
    written, changed = ages(lakehouse)
    age = time() - written
    if not changed:
        return dg.SkipReason("The lake is not there yet.")
    if age < LEAST_S:
        return dg.SkipReason(f"The pages are {age:.0f} s old: at most every {LEAST_S} s.")
    if changed <= written and age < LONGEST_S:
        return dg.SkipReason(f"The lake has not changed since the pages, {age:.0f} s ago.")
    for job in (REFRESH, BUILD_CATALOG.name):
        if context.instance.get_runs(dg.RunsFilter(job_name=job, statuses=UNFINISHED), limit=1):
            return dg.SkipReason(f"A run of {job} is under way.")
    if failed := failed_in_a_row(context.instance, BUILD_CATALOG.name):
        wait = when(failed[0])[1] + LEAST_S + wait_after(len(failed)) - time()
        if wait > 0:
            return dg.SkipReason(f"The last build failed: the next is asked for in {wait:.0f} s.")
    return dg.RunRequest()
