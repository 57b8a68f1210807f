"""The sensors: they ask for a refresh as long as there is news, and for nothing twice.

They target the job of every table too, so that the page of a table names them.
"""

import datetime as dt
from collections.abc import Iterable

import dagster as dg

from mega_toys.ingestion.landing import why_missing
from mega_toys.lake.own.files import FILES
from mega_toys.lake.store.lock import holder, only_writer
from mega_toys.operations.plan import Plan, Todo
from mega_toys.operations.refresh import prepare
from mega_toys.orchestration.assets import landing_zone
from mega_toys.orchestration.resources.alive import end_dead_runs
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.runs.jobs import REFRESH, every_table_job, refresh_job

NEWS_TAG = "mega_toys/news"
_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_FIRST_WAIT_S, _LONGEST_WAIT_S = 60, 3600


def _plan(lakehouse: Lakehouse) -> Plan:
    """What is to do in the lake; that is made first, as a writer, where there is none yet."""
    plan = lakehouse.plan("sensor")
    if not plan.work.store.exists(FILES.name):
        with only_writer(lakehouse.settings.lake_root):
            prepare(plan.work)
    return plan


def _request(
    context: dg.SensorEvaluationContext, lakehouse: Lakehouse, news: Iterable[Todo], what: str
) -> dg.RunRequest | dg.SkipReason:
    """One run at a time; after a failure with the same news, ever longer waits."""
    names = [str(todo.table.name) for todo in news]
    if not names:
        return dg.SkipReason(f"No {what}.")
    if context.instance.get_runs(dg.RunsFilter(job_name=REFRESH, statuses=_UNFINISHED), limit=1):
        who = holder(lakehouse.settings.lake_root)
        return dg.SkipReason(
            f"A refresh is under way: {who}." if who else "A refresh is under way."
        )
    failures = _failures_in_a_row(context)
    if failures and (wait := _wait(context, failures)) > 0:
        return dg.SkipReason(f"{failures} refreshes failed; the next is asked for in {wait:.0f} s.")
    return dg.RunRequest(job_name=REFRESH, tags={NEWS_TAG: ", ".join(names)[:200]})


def _failures_in_a_row(context: dg.SensorEvaluationContext) -> int:
    runs = context.instance.get_runs(dg.RunsFilter(job_name=REFRESH), limit=10)
    statuses = [run.status for run in runs]
    good = [at for at, status in enumerate(statuses) if status is not dg.DagsterRunStatus.FAILURE]
    return good[0] if good else len(statuses)


def _wait(context: dg.SensorEvaluationContext, failures: int) -> float:
    """Seconds until the next attempt is due."""
    last = context.instance.get_run_records(dg.RunsFilter(job_name=REFRESH), limit=1)[0]
    wait = min(_FIRST_WAIT_S * 2 ** (failures - 1), _LONGEST_WAIT_S)
    ended = last.end_time or last.create_timestamp.timestamp()
    return float(ended + wait - dt.datetime.now(dt.UTC).timestamp())


@dg.sensor(
    jobs=[refresh_job, every_table_job],
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for a refresh when the landing zone has new files or changed ones.",
)
def new_files(
    context: dg.SensorEvaluationContext, lakehouse: dg.ResourceParam[Lakehouse]
) -> dg.RunRequest | dg.SkipReason | dg.SensorResult:
    """Compares the landing zone with lake.files; nothing is remembered elsewhere."""
    asked = _new_files(context, lakehouse)
    changed = list(landing_zone.changed(lakehouse, context.instance))
    if not changed:
        return asked
    if isinstance(asked, dg.SkipReason):
        return dg.SensorResult(skip_reason=asked, asset_events=changed)
    return dg.SensorResult([asked], asset_events=changed)


def _new_files(
    context: dg.SensorEvaluationContext, lakehouse: Lakehouse
) -> dg.RunRequest | dg.SkipReason:
    if why := why_missing(lakehouse.settings.landing_root):
        return dg.SkipReason(why)
    return _request(context, lakehouse, _plan(lakehouse).bronze(), "new files")


@dg.sensor(
    jobs=[refresh_job, every_table_job],
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for a refresh when tables are stale without there being new files.",
)
def stale_tables(
    context: dg.SensorEvaluationContext, lakehouse: dg.ResourceParam[Lakehouse]
) -> dg.RunRequest | dg.SkipReason:
    """Finds what a killed run, a mended check or a rebuild left to do."""
    for run in end_dead_runs(context.instance):
        context.log.warning(f"The process of run {run} is gone; it is marked as failed.")
    if why := why_missing(lakehouse.settings.landing_root):
        return dg.SkipReason(why)
    plan = _plan(lakehouse)
    if any(plan.bronze()):
        return dg.SkipReason("There are new files: the sensor new_files asks.")
    return _request(context, lakehouse, plan.derived(), "stale tables")


SENSORS = [new_files, stale_tables]
