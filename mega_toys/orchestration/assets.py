"""Every declared table as an asset, and the source systems that the lineage begins with."""

import datetime as dt
import inspect
from collections.abc import Iterable, Iterator

import dagster as dg

from mega_toys.lake.checks import declared
from mega_toys.lake.days_table import keep_days_of
from mega_toys.lake.errors import LakeError
from mega_toys.lake.lock import only_writer
from mega_toys.lake.step import step
from mega_toys.lake.table import Kind, Table
from mega_toys.orchestration import metadata
from mega_toys.orchestration.alive import alive
from mega_toys.orchestration.events import key_of, materializations, results
from mega_toys.orchestration.lakehouse import Lakehouse
from mega_toys.orchestration.partitions import first_day, mapping_for, partitions_for
from mega_toys.refresh import blocked_by, prepare, refresh_table, why_blocked


def source_of(table: Table) -> dg.AssetSpec:
    """The source system that a bronze table's files come from."""
    system = table.dataset.source if table.dataset else "files"
    return dg.AssetSpec(
        key=dg.AssetKey([table.name.domain, "source", table.name.table]),
        group_name=table.name.domain,
        kinds={system.split(":")[0]},
        description=f"Delivered to the landing zone by {system}.",
    )


def asset_for(table: Table, lakehouse: Lakehouse, since: dt.date) -> dg.AssetsDefinition:
    """The asset that takes in what is new for a table."""

    @dg.asset(
        key=key_of(table.name),
        deps=list(_deps(table, lakehouse)),
        partitions_def=partitions_for(table, since),
        backfill_policy=dg.BackfillPolicy.single_run() if table.day_column else None,
        group_name=table.name.domain,
        kinds={"polars", "deltalake", table.name.layer},
        owners=[f"team:{table.contract.owner}"],
        tags={"layer": table.name.layer, "privacy": table.contract.privacy},
        description=inspect.getdoc(table.rows),
        metadata=metadata.described(table, lakehouse.work("").store.uri(table.name)),
        check_specs=list(_check_specs(table)),
    )
    def materialize(
        context: dg.AssetExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]
    ) -> Iterator[dg.MaterializeResult[None]]:
        yield from _materialize(table, context, lakehouse)

    return materialize


def _deps(table: Table, lakehouse: Lakehouse) -> Iterator[dg.AssetDep]:
    if table.kind is Kind.BRONZE:
        yield dg.AssetDep(source_of(table).key)
    for name, extent in table.reads.items():
        mapping = mapping_for(table, lakehouse.catalog[name], extent)
        yield dg.AssetDep(key_of(name), partition_mapping=mapping)


def _check_specs(table: Table) -> Iterator[dg.AssetCheckSpec]:
    for check in declared(table):
        yield dg.AssetCheckSpec(
            check.name,
            asset=key_of(table.name),
            description=check.description,
            blocking=check.blocks,
        )


def _materialize(
    table: Table, context: dg.AssetExecutionContext, lakehouse: Lakehouse
) -> Iterator[dg.MaterializeResult[None]]:
    """Build what is stale of the days asked for; these end green, the other changed ones too."""
    work = lakehouse.work(context.run.run_id)
    asked = _asked(context) if table.day_column else set()
    with alive(context), only_writer(lakehouse.settings.lake_root, context.log.warning):
        prepare(work)
        if blocking := blocked_by(table, work):
            raise LakeError(why_blocked(str(table.name), blocking))
        root, say = lakehouse.settings.landing_root, context.log.info
        outcome = refresh_table(table, work, root, say, asked if table.day_column else None)
        keep_days_of(outcome, work)
    step("event.begin")
    for event in materializations(table, outcome, work, but=asked):
        if table.day_column:
            context.log_event(event)
            step("event.day")
    for day, rows in metadata.of_days(table, asked, work).items():
        context.add_asset_metadata(rows, partition_key=day.isoformat())
    told = metadata.of_outcome(outcome) if asked else metadata.of_table(table, work)
    yield dg.MaterializeResult(metadata=told, check_results=results(outcome))
    step("event.done")


def _asked(context: dg.AssetExecutionContext) -> set[dt.date]:
    return {dt.date.fromisoformat(key) for key in context.partition_keys}


def assets_for(
    tables: Iterable[Table], lakehouse: Lakehouse
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """All tables and the sources of the bronze ones."""
    tables, since = list(tables), first_day(lakehouse.settings)
    return [
        *(source_of(table) for table in tables if table.kind is Kind.BRONZE),
        *(asset_for(table, lakehouse, since) for table in tables),
    ]
