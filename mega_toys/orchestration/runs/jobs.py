"""The jobs, by names that people understand."""

from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from mega_toys.declared.errors import LakeError, MegaToysError
from mega_toys.declared.table import Table
from mega_toys.ingestion.landing_file import calendar_day
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.lock import only_writer
from mega_toys.operations.crash import without_values
from mega_toys.operations.maintenance import maintain
from mega_toys.operations.put_back import forget_what_is_gone
from mega_toys.operations.rebuild import in_words, rebuild
from mega_toys.operations.refresh import check_table, why_blocked
from mega_toys.operations.refreshed import Refreshed
from mega_toys.orchestration.reporting.events import evaluations
from mega_toys.orchestration.reporting.run_log import TABLE_STEPS, RunLog
from mega_toys.orchestration.resources.alive import alive
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.runs.choices import TableChoice, first
from mega_toys.orchestration.runs.refresh_run import refresh

House = dg.ResourceParam[Lakehouse]
REFRESH = "refresh"
SINCE_TAG = "mega_toys/landed_since"  # of a bucket, the landing day from which on it is listed
_SHOWN = 10


class TableToRebuild(dg.Config):
    """Which table is to be made anew from its inputs."""

    table: TableChoice = Field(
        first(TableChoice), description="Any other of the tables may be put here."
    )


_OUT: dict[str, Any] = {
    "done": dg.Out(dg.Nothing),
    "tables": dg.DynamicOut(str, is_required=False),
}
Drawn = Iterator[dg.Output[None] | dg.DynamicOutput[str]]


def _refreshed(context: dg.OpExecutionContext, lakehouse: Lakehouse) -> Refreshed:
    """Refresh, as this run, whose log says what could not be done."""

    def say(text: str) -> None:
        context.log.info(text)
        lakehouse.watcher.say(text)

    with without_values():
        since = calendar_day(context.run.tags.get(SINCE_TAG, ""))
        log = RunLog.of(context)
        log.tell(lakehouse.untold)
        lakehouse.untold = []
        lakehouse.refreshed = done = refresh(lakehouse, log, say, since)
    for name, error in done.crashed.items():
        context.log.error(f"{name}: {error}")
    for table, check in done.failed_checks:
        context.log.error(f"{table}: blocking check {check} failed")
    for name, blocking in done.blocked.items():
        context.log.error(why_blocked(name, blocking))
    if done.unread:
        context.log.error(f"May not be read: {', '.join(done.unread[:_SHOWN])}")
    for told in done.damaged:
        context.log.error(told)
    return done


def _not_up_to_date(done: Refreshed) -> str:
    """In words, what could not be built; empty where all was."""
    wrong = sorted({*done.unbuilt, *dict(done.failed_checks)})
    if wrong:
        return f"Not up to date: {', '.join(wrong)}. The log above says why."
    return "Tables are damaged. The log above says which." if done.damaged else ""


@dg.op(
    description="Take in all new files and build everything stale.",
    ins={"start": dg.In(dg.Nothing)},
    out=_OUT,
)
def refresh_all(context: dg.OpExecutionContext, lakehouse: House) -> Drawn:
    """Refresh, as this run; fails where a table could not be built."""
    with alive(context):
        done = _refreshed(context, lakehouse)
    if wrong := _not_up_to_date(done):
        raise LakeError(wrong)
    figures = {one.table: f"{one.summary}, {one.seconds:.1f} s" for one in done.outcomes}
    yield dg.Output(None, "done", metadata=figures)


@dg.op(name=TABLE_STEPS, out=dg.Out(dg.Nothing))
def table_steps(table: str) -> None:
    """A table in a refresh. The refresh writes these steps itself; none is left to be executed."""


def drawn(step: Any) -> None:
    """In a job: a step that refreshes, and the place where its page draws the tables."""
    step.tables.map(table_steps)


def refreshed(*after: Any) -> None:
    """In a job: the refresh after other steps."""
    drawn(refresh_all(*after))


def _made_anew(
    tables: Iterable[Table], context: dg.OpExecutionContext, lakehouse: Lakehouse
) -> None:
    """Make tables anew beside the live ones, and swap in what differs."""
    work, root = lakehouse.work(context.run.run_id), lakehouse.settings.landing_root
    with alive(context), without_values():
        for line in in_words(rebuild(tables, work, root, swap=True, say=context.log.info)):
            context.log.info(line)


@dg.op(out=dg.Out(dg.Nothing), description="Make a table anew beside the live one, swap it in.")
def rebuild_one(context: dg.OpExecutionContext, config: TableToRebuild, lakehouse: House) -> None:
    """Make a table anew from its inputs."""
    _made_anew([lakehouse.catalog[config.table.value]], context, lakehouse)


@dg.op(out=dg.Out(dg.Nothing), description="Make all anew from the landing zone, swap it in.")
def rebuild_all(context: dg.OpExecutionContext, lakehouse: House) -> None:
    """Make the whole lake anew from the landing zone."""
    _made_anew(lakehouse.catalog, context, lakehouse)


@dg.op(
    description="Refresh; then, whatever came of that, run every check of every table, on all of "
    "its days.",
    out=_OUT,
)
def check_all(context: dg.OpExecutionContext, lakehouse: House) -> Drawn:
    """Look at the whole lake, whatever was touched; fails where the refresh or a check does."""
    with alive(context):
        wrong = [_tried_to_refresh(context, lakehouse), _checked(context, lakehouse)]
    if any(wrong):
        raise LakeError(" ".join(filter(None, wrong)))
    yield dg.Output(None, "done")


def _tried_to_refresh(context: dg.OpExecutionContext, lakehouse: Lakehouse) -> str:
    """What is wrong after a refresh, in words; what stops it is no error here."""
    try:
        return _not_up_to_date(_refreshed(context, lakehouse))
    except (MegaToysError, OSError) as error:
        return f"The refresh failed: {error}"


def _checked(context: dg.OpExecutionContext, lakehouse: Lakehouse) -> str:
    """Which tables fail a blocking check or cannot be looked at, in words."""
    work, failed = lakehouse.work(context.run.run_id), []
    with only_writer(lakehouse.settings.lake_root, context.log.warning):
        forget_what_is_gone(work)
        for table in lakehouse.catalog:
            if lakehouse.store.exists(table.name) and (why := _look_at(table, context, work)):
                context.log.error(f"{table.name}: {why}")
                failed.append(str(table.name))
    return f"Checks fail: {', '.join(failed)}. The log above says why." if failed else ""


def _look_at(table: Table, context: dg.OpExecutionContext, work: Work) -> str:
    """Tell what the checks find; in words, which blocking ones fail or why they could not look."""
    try:
        with without_values(table):
            outcome = check_table(table, work, everything=True)
    except (MegaToysError, OSError) as error:
        return str(error)
    RunLog.of(context).tell(evaluations(table, outcome))
    for found in outcome.checks:
        if not found.passed:
            context.log.warning(f"{table.name}: {found.name} ({found.rows})")
    return f"blocking check {', '.join(outcome.failed)} failed" if outcome.failed else ""


@dg.op(description="Compact tables of many small files, and remove files no version needs.")
def maintain_all(context: dg.OpExecutionContext, lakehouse: House) -> None:
    """Keep the tables quick to read."""
    with alive(context):
        for line in maintain(lakehouse.work(context.run.run_id), lakehouse.settings.landing_root):
            context.log.info(line)


@dg.job(name=REFRESH, description="Take in all new files and build everything stale, up to gold.")
def refresh_job() -> None:
    """Refresh the lake."""
    refreshed()


@dg.job(name="rebuild_table", description="Make one table anew from its inputs.")
def rebuild_table_job() -> None:
    """Rebuild a table."""
    refreshed(rebuild_one())


@dg.job(name="rebuild_from_landing", description="Make the whole lake anew from the landing zone.")
def rebuild_from_landing_job() -> None:
    """Rebuild the lake."""
    refreshed(rebuild_all())


@dg.job(name="check_everything", description="Refresh, then run every check on all days.")
def check_everything_job() -> None:
    """Refresh and check the lake."""
    drawn(check_all())


@dg.job(name="maintain", description="Compact and vacuum the tables that need it.")
def maintain_job() -> None:
    """Maintain the lake."""
    maintain_all()


every_table_job = dg.define_asset_job(
    "materialize_every_table",
    selection=dg.AssetSelection.kind("deltalake") | dg.AssetSelection.groups("lake/warehouse"),
    description="Materialize the days chosen of every table, and publish them. A refresh finds the "
    "stale days by itself; this is for those who choose.",
)

JOBS = [
    refresh_job,
    check_everything_job,
    rebuild_table_job,
    rebuild_from_landing_job,
    maintain_job,
]
