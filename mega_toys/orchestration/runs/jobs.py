"""The jobs, by names that people understand."""

from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from mega_toys.declared.errors import LakeError
from mega_toys.declared.table import Table
from mega_toys.lake.store.lock import only_writer
from mega_toys.operations.crash import without_values
from mega_toys.operations.maintenance import maintain
from mega_toys.operations.put_back import forget_what_is_gone
from mega_toys.operations.rebuild import in_words, rebuild
from mega_toys.operations.refresh import check_table, why_blocked
from mega_toys.orchestration.reporting.events import evaluations
from mega_toys.orchestration.reporting.run_log import TABLE_STEPS, RunLog
from mega_toys.orchestration.resources.alive import alive
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.runs.choices import TableChoice, first
from mega_toys.orchestration.runs.refresh_run import refresh

House = dg.ResourceParam[Lakehouse]
REFRESH = "refresh"
_SHOWN = 10


class TableToRebuild(dg.Config):
    """Which table is to be made anew from its inputs."""

    table: TableChoice = Field(
        first(TableChoice), description="Any other of the tables may be put here."
    )


@dg.op(
    description="Take in all new files and build everything stale.",
    ins={"start": dg.In(dg.Nothing)},
    out={"done": dg.Out(dg.Nothing), "tables": dg.DynamicOut(str, is_required=False)},
)
def refresh_all(
    context: dg.OpExecutionContext, lakehouse: House
) -> Iterator[dg.Output[None] | dg.DynamicOutput[str]]:
    """Refresh, as this run; fails where a table could not be built."""

    def say(text: str) -> None:
        context.log.info(text)
        lakehouse.watcher.say(text)

    with alive(context), without_values():
        log = RunLog.of(context)
        lakehouse.refreshed = done = refresh(lakehouse, log, say)
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
    if done.unbuilt or done.failed_checks:
        wrong = sorted({*done.unbuilt, *dict(done.failed_checks)})
        raise LakeError(f"Not up to date: {', '.join(wrong)}. The log above says why.")
    figures = {one.table: f"{one.summary}, {one.seconds:.1f} s" for one in done.outcomes}
    yield dg.Output(None, "done", metadata=figures)


@dg.op(name=TABLE_STEPS, out=dg.Out(dg.Nothing))
def table_steps(table: str) -> None:
    """A table in a refresh. The refresh writes these steps itself; none is left to be executed."""


def refreshed(*after: Any) -> Any:
    """In a job: the refresh after other steps, and the place where its page draws the tables."""
    done, tables = refresh_all(*after)
    tables.map(table_steps)
    return done


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
    description="Run every check of every table, on all of its days.",
    ins={"start": dg.In(dg.Nothing)},
    out=dg.Out(int),
)
def check_all(context: dg.OpExecutionContext, lakehouse: House) -> int:
    """Look at the whole lake, whatever was touched."""
    work, log = lakehouse.work(context.run.run_id), RunLog.of(context)
    root = lakehouse.settings.lake_root
    with alive(context), only_writer(root, context.log.warning), without_values():
        forget_what_is_gone(work)
        for table in lakehouse.catalog.every:
            outcome = check_table(table, work, everything=True)
            log.tell(evaluations(table, outcome))
            for found in outcome.checks:
                if not found.passed:
                    context.log.warning(f"{table.name}: {found.name} ({found.rows})")
    return len(list(lakehouse.catalog))


@dg.op(description="Compact tables of many small files, and remove files no version needs.")
def maintain_all(context: dg.OpExecutionContext, lakehouse: House) -> None:
    """Keep the tables quick to read."""
    with alive(context):
        for line in maintain(lakehouse.work(context.run.run_id)):
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
    check_all(start=refreshed())


@dg.job(name="maintain", description="Compact and vacuum the tables that need it.")
def maintain_job() -> None:
    """Maintain the lake."""
    maintain_all()


every_table_job = dg.define_asset_job(
    "materialize_every_table",
    selection=dg.AssetSelection.all(),
    description="Materialize the days chosen of every table. A refresh finds the stale days by "
    "itself; this is for those who choose.",
)

JOBS = [
    refresh_job,
    check_everything_job,
    rebuild_table_job,
    rebuild_from_landing_job,
    maintain_job,
]
