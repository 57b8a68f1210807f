"""The sensors: they ask for a refresh as long as there is news, and for nothing twice.

They target the job of every table too, so that the page of a table names them.
"""

import time
from collections.abc import Iterable
from itertools import takewhile

import dagster as dg

from mega_toys.declared.words import counted
from mega_toys.ingestion.landing import why_missing
from mega_toys.ingestion.loading.arrivals import refused
from mega_toys.lake.news.stale import inputs_of
from mega_toys.lake.own.files import FILES
from mega_toys.lake.store.lock import holder, only_writer
from mega_toys.operations.plan import Plan, Todo
from mega_toys.operations.refresh import prepare
from mega_toys.orchestration.assets import landing_zone
from mega_toys.orchestration.resources.alive import end_dead_runs
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.resources.loaded_code import LOADED_AT, why_outdated
from mega_toys.orchestration.runs.jobs import REFRESH, SINCE_TAG, every_table_job, refresh_job
from mega_toys.orchestration.runs.left import look_what_is_left
from mega_toys.orchestration.runs.looks import without_torn

NEWS_TAG = "mega_toys/news"
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_FIRST_WAIT_S, _LONGEST_WAIT_S = 60, 600


def _plan(lakehouse: Lakehouse, context: dg.SensorEvaluationContext) -> Plan:
    """What is to do in the lake; that is made first, as a writer, where there is none yet.

    Without what a torn log keeps from being looked at, which is logged.
    """
    aside, others = without_torn(lakehouse)
    for error in aside.torn.values():
        context.log.error(str(error))
    plan = others.plan("sensor", lakehouse.folders.since(lakehouse.settings.landing_root))
    if not plan.work.store.exists(FILES.name):
        with only_writer(lakehouse.settings.lake_root):
            prepare(plan.work)
    return plan


def _new_files_of(plan: Plan, lakehouse: Lakehouse) -> list[Todo]:
    """The bronze tables with news; nothing is looked at again while all looks as it did then."""
    looks = _looks(plan, lakehouse)
    if looks is not None and looks == lakehouse.looked_without_news:
        return []
    todos = list(plan.bronze())
    if not (todos or plan.listing.since):
        lakehouse.folders.had_no_news(refused=bool(refused(plan.work, plan.listing)))
    zone = lakehouse.settings.landing_root
    was_short = plan.listing.since and not lakehouse.folders.since(zone)  # the next one is whole
    lakehouse.looked_without_news = None if todos or was_short else looks
    return todos


def _looks(plan: Plan, lakehouse: Lakehouse) -> object:
    """How the landing zone looks, and the logs of the tables that say what was taken in."""
    bronze = plan.work.catalog.bronze
    datasets = [f"{table.name.domain}/{table.name.table}" for table in bronze]
    landing = lakehouse.folders.looks(lakehouse.settings.landing_root, datasets)
    states = [plan.work.store.state(name) for name in (FILES.name, *(t.name for t in bronze))]
    return landing and (landing, [state.batch if state else None for state in states])


def _request(
    context: dg.SensorEvaluationContext, lakehouse: Lakehouse, news: Iterable[Todo], what: str
) -> dg.RunRequest | dg.SkipReason:
    """One run at a time; after failures ever longer waits, as long as nothing has changed.

    What was left by a refresh that knows newer code than this process is not asked for again.
    """
    todos, outdated = list(news), why_outdated()
    if not todos:
        return dg.SkipReason(" ".join(filter(None, (f"No {what}.", outdated))))
    if context.instance.get_runs(dg.RunsFilter(job_name=REFRESH, statuses=UNFINISHED), limit=1):
        who = holder(lakehouse.settings.lake_root)
        return dg.SkipReason(
            f"A refresh is under way: {who}." if who else "A refresh is under way."
        )
    if failed := failed_in_a_row(context.instance, REFRESH):
        begun, ended = when(failed[0])
        now = time.time()
        wait = ended + wait_after(len(failed)) - now
        has_changed = begun < LOADED_AT or any(_has_changed(one, begun, ended) for one in todos)
        if wait > 0 and not has_changed:
            return dg.SkipReason(
                f"The refresh failed {counted(len(failed), 'time')} in a row, the last "
                f"{now - ended:.0f} s ago, and nothing has changed since: the next is asked for in "
                f"{wait:.0f} s. Launch the job {REFRESH} to have it sooner."
            )
    names = ", ".join(str(todo.table.name) for todo in todos)
    if outdated and not failed and not _have_changed_since_the_last(todos, context.instance):
        return dg.SkipReason(f"{outdated} The last refresh found nothing to do of {names}.")
    since = todos[0].listing.since
    listed = {SINCE_TAG: f"{since}"} if since else {}
    return dg.RunRequest(job_name=REFRESH, tags={NEWS_TAG: names[:200]} | listed)


def _have_changed_since_the_last(todos: Iterable[Todo], instance: dg.DagsterInstance) -> bool:
    """Whether what is to do is another thing than the last refresh found; so where none was."""
    runs = instance.get_run_records(dg.RunsFilter(job_name=REFRESH), limit=1)
    times = [when(run) for run in runs]
    return not times or any(_has_changed(todo, *times[0]) for todo in todos)


def failed_in_a_row(instance: dg.DagsterInstance, job: str) -> list[dg.RunRecord]:
    """The runs of a job that failed since one that did not, newest first."""
    runs = instance.get_run_records(dg.RunsFilter(job_name=job), limit=10)
    return list(takewhile(lambda one: one.dagster_run.status is dg.DagsterRunStatus.FAILURE, runs))


def wait_after(failures: int) -> float:
    """The seconds to wait after so many failures in a row."""
    return float(min(_FIRST_WAIT_S * 2 ** (failures - 1), _LONGEST_WAIT_S))


def when(run: dg.RunRecord) -> tuple[float, float]:
    """When a run began and when it ended, in seconds since the epoch."""
    begun = run.start_time or run.create_timestamp.timestamp()
    return begun, run.end_time or begun


def _has_changed(todo: Todo, begun: float, ended: float) -> bool:
    """Whether what is to do is another thing than a refresh that failed between the two found.

    A file came or was written to, or somebody else wrote to the table or what it reads.
    """
    if todo.arrivals is not None:
        return any(file.changed_ns > begun * 1e9 for file in todo.arrivals.files)
    tables = (str(todo.table.name), *inputs_of(todo.table, todo.work.catalog))
    return any(todo.work.store.written_at(name) > ended for name in tables)


@dg.sensor(
    jobs=[refresh_job, every_table_job],
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for a refresh when the landing zone has new files or changed ones.",
)
def new_files(
    context: dg.SensorEvaluationContext, lakehouse: dg.ResourceParam[Lakehouse]
) -> dg.RunRequest | dg.SkipReason | dg.SensorResult:
    """Compares the landing zone with lake.files; remembered is how they looked without news."""
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
    return _request(
        context, lakehouse, _new_files_of(_plan(lakehouse, context), lakehouse), "new files"
    )


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
    plan = _plan(lakehouse, context)
    if _new_files_of(plan, lakehouse):
        return dg.SkipReason("There are new files: the sensor new_files asks.")
    asked = _request(context, lakehouse, plan.derived(), "stale tables")
    if isinstance(asked, dg.SkipReason):
        look_what_is_left(lakehouse, context.instance)
    return asked


SENSORS = [new_files, stale_tables]
