"""Every declared table as an asset."""

import datetime as dt
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg
from pydantic import Field

from mega_toys.declared.errors import LakeError
from mega_toys.declared.extents import SAME_DAY
from mega_toys.declared.table import Bronze, Counted, Table
from mega_toys.lake.building.days_table import keep_days_of
from mega_toys.lake.checks import declared
from mega_toys.lake.code.hashing import code_version
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.store.lock import only_writer
from mega_toys.lake.store.step import step
from mega_toys.operations.crash import CrashError, without_values
from mega_toys.operations.damaged import naming_damage
from mega_toys.operations.plan import Plan
from mega_toys.operations.rebuild import in_words, rebuild
from mega_toys.operations.refresh import prepare, refresh_table, why_blocked
from mega_toys.orchestration.assets.sources import observed, source_key, sources_for
from mega_toys.orchestration.reporting import metadata
from mega_toys.orchestration.reporting.events import (
    key_of,
    materializations,
    of_days,
    of_table,
    results,
)
from mega_toys.orchestration.reporting.run_log import RunLog, not_built
from mega_toys.orchestration.resources.alive import alive
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.resources.partitions import mapping_for, partitions_for


class Build(dg.Config):
    """How a table is built."""

    force: bool = Field(
        False,
        description="Make the whole table anew beside the live one and put in what differs, "
        "also where it is up to date.",
    )


def asset_for(table: Table, lakehouse: Lakehouse, since: dt.date) -> dg.AssetsDefinition:
    """The asset that takes in what is new for a table."""

    @dg.asset(
        key=key_of(table.name),
        deps=list(_deps(table, lakehouse)),
        partitions_def=partitions_for(table, since),
        backfill_policy=dg.BackfillPolicy.single_run() if table.day_column else None,
        group_name=f"{table.name.domain}/{table.name.layer}",
        kinds={"polars", "deltalake", table.name.layer},
        owners=[f"team:{table.contract.owner}"],
        tags={"layer": table.name.layer, "privacy": table.contract.privacy},
        description=inspect.getdoc(table.rows),
        metadata=metadata.described(table, lakehouse),
        code_version=code_version(table, lakehouse.catalog),
        check_specs=list(_check_specs(table)),
    )
    def materialize(
        context: dg.AssetExecutionContext, config: Build, lakehouse: dg.ResourceParam[Lakehouse]
    ) -> Iterator[dg.MaterializeResult[None]]:
        yield from _materialize(table, context, lakehouse, force=config.force)

    return materialize


def _deps(table: Table, lakehouse: Lakehouse) -> Iterator[dg.AssetDep]:
    if isinstance(table, Bronze):
        yield dg.AssetDep(source_key(table))
    for name, extent in table.reads.items():
        mapping = mapping_for(table, lakehouse.catalog[name], extent)
        yield dg.AssetDep(key_of(name), partition_mapping=mapping)
    for counted in lakehouse.catalog.from_bronze if isinstance(table, Counted) else ():
        mapping = mapping_for(table, counted, SAME_DAY)
        yield dg.AssetDep(key_of(counted.name), partition_mapping=mapping)


def _check_specs(table: Table) -> Iterator[dg.AssetCheckSpec]:
    for check in declared(table):
        yield dg.AssetCheckSpec(
            check.name,
            asset=key_of(table.name),
            description=check.description,
            blocking=check.blocks,
        )


def _materialize(
    table: Table, context: dg.AssetExecutionContext, lakehouse: Lakehouse, *, force: bool
) -> Iterator[dg.MaterializeResult[None]]:
    """Build what is stale of the days asked for; these end green, the other changed ones too."""
    plan = lakehouse.plan(context.run.run_id)
    work, log = plan.work, RunLog.of(context)
    begun = work.now()
    asked = _asked(table, context) if table.day_column else set()
    root = lakehouse.settings.lake_root
    with alive(context), only_writer(root, context.log.warning), naming_damage(work, table):
        prepare(work)
        with _telling_why_not(table, log), without_values(table):
            if blocking := plan.of(table).blocking:
                raise LakeError(why_blocked(str(table.name), blocking))
            outcome = _built(table, plan, context.log.info, asked, force=force)
            keep_days_of(outcome, work)
    step("event.begin")
    if table.day_column:
        log.tell(materializations(table, outcome, work, but=asked))
    if isinstance(table, Bronze):
        log.tell(observed(table, work, begun))
    for event in of_days(table, asked, work):
        context.add_asset_metadata(event.metadata, partition_key=event.partition)
    told = {} if asked else of_table(table, work, metadata.of_outcome(outcome)).metadata
    yield dg.MaterializeResult(metadata=told, check_results=results(outcome))
    step("event.done")


@contextmanager
def _telling_why_not(table: Table, log: RunLog) -> Iterator[None]:
    """Whatever keeps a table from being built is told on its page too."""
    try:
        yield
    except Exception as error:
        why = CrashError.of(error, table).message
        log.tell([not_built(key_of(table.name), why)])
        raise


def _built(
    table: Table, plan: Plan, say: Callable[[str], None], asked: set[dt.date], *, force: bool
) -> Outcome:
    anew = rebuild([table], plan.work, plan.listing.root, swap=True, say=say) if force else []
    for line in in_words(anew) if force else ():
        say(line)
    outcome = refresh_table(plan.of(table), say, asked if table.day_column else None)
    mine = [one for one in anew if one.table == str(table.name)]
    outcome.days |= {one.day for one in mine if one.day}
    outcome.changed |= bool(mine)
    if outcome.changed or outcome.unchanged or force:
        say(f"{table.name}: {outcome.summary}")
    else:
        say(
            f"{table.name}: nothing to do, {'these days are' if asked else 'it is'} up to date; "
            "`force: true` in the run's config makes it anew all the same"
        )
    return outcome


def _asked(table: Table, context: dg.AssetExecutionContext) -> set[dt.date]:
    """The days that a run is to build; the pages ask for them, a program may not have named any."""
    if not (context.has_partition_key or context.has_partition_key_range):
        raise LakeError(
            f"{table.name} is built by day, and this run names no day: give it the tag "
            "`dagster/partition` (YYYY-MM-DD), or launch the job `refresh`, which builds all that "
            "is stale."
        )
    return {dt.date.fromisoformat(key) for key in context.partition_keys}


def assets_for(lakehouse: Lakehouse) -> list[dg.AssetsDefinition]:
    """All tables, and the sources of the bronze ones."""
    tables = [asset_for(table, lakehouse, lakehouse.first_day) for table in lakehouse.catalog]
    return [*sources_for(lakehouse), *tables]
