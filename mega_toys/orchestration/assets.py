"""Every declared table as an asset, and the source systems that the lineage begins with."""

import datetime as dt
from collections.abc import Iterable, Iterator

import dagster as dg

from mega_toys.lake.checks import declared
from mega_toys.lake.errors import LakeError
from mega_toys.lake.lock import only_writer
from mega_toys.lake.table import Kind, Table, TableName
from mega_toys.orchestration import metadata
from mega_toys.orchestration.lakehouse import Lakehouse
from mega_toys.orchestration.partitions import mapping_for, partitions_for
from mega_toys.refresh import blocked_by, prepare, refresh_table

SEVERITY = {"warn": dg.AssetCheckSeverity.WARN, "error": dg.AssetCheckSeverity.ERROR}
REFRESH_TAG = "mega_toys/refresh"  # a run of `refresh`, which reports the days itself


def key_of(name: TableName) -> dg.AssetKey:
    """The asset key: the table's name."""
    return dg.AssetKey(list(name))


def source_of(table: Table) -> dg.AssetSpec:
    """The source system that a bronze table's files come from."""
    system = table.dataset.source if table.dataset else "files"
    return dg.AssetSpec(
        key=dg.AssetKey([table.name.domain, "source", table.name.table]),
        group_name=table.name.domain,
        kinds={system.split(":")[0]},
        description=f"Delivered to the landing zone by {system}.",
    )


def asset_for(table: Table, lakehouse: Lakehouse) -> dg.AssetsDefinition:
    """The asset that takes in what is new for a table."""

    @dg.asset(
        key=key_of(table.name),
        deps=list(_deps(table, lakehouse)),
        partitions_def=partitions_for(table, lakehouse.settings.first_day),
        backfill_policy=dg.BackfillPolicy.single_run() if table.day_column else None,
        group_name=table.name.domain,
        kinds={"polars", "deltalake", table.name.layer},
        owners=[f"team:{table.contract.owner}"],
        tags={"layer": table.name.layer, "privacy": table.contract.privacy},
        description=table.rows.__doc__,
        metadata=metadata.described(table, lakehouse.work("").store.uri(table.name)),
        check_specs=list(_check_specs(table)),
        output_required=False,
    )
    def materialize(
        context: dg.AssetExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
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
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    by_refresh = REFRESH_TAG in context.run.tags
    work = lakehouse.work(context.run.run_id)
    with only_writer(lakehouse.settings.lake_root, context.log.warning):
        if not by_refresh:
            prepare(work)
        if blocking := blocked_by(table, work):
            raise LakeError(_why_blocked(table, blocking))
        wanted = None if by_refresh or not table.day_column else _wanted(context)
        outcome = refresh_table(
            table, work, lakehouse.settings.landing_root, context.log.info, wanted
        )
    lakehouse.outcomes[str(table.name)] = outcome
    yield from _events(table, context, lakehouse, by_refresh)


def _why_blocked(table: Table, blocking: dict[str, tuple[str, ...]]) -> str:
    failed = "; ".join(f"{name}: {', '.join(checks)}" for name, checks in blocking.items())
    return f"{table.name} is not built, since blocking checks of its inputs failed. {failed}."


def _wanted(context: dg.AssetExecutionContext) -> set[dt.date]:
    return {dt.date.fromisoformat(key) for key in context.partition_keys}


def _events(
    table: Table, context: dg.AssetExecutionContext, lakehouse: Lakehouse, by_refresh: bool
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Report each day that changed, and what the checks found.

    A run that somebody asked for also ends with the days asked for, so that these are green.
    """
    work = lakehouse.work(context.run.run_id)
    outcome = lakehouse.outcomes[str(table.name)]
    told = metadata.of_outcome(outcome)
    checks = [
        dg.AssetCheckResult(
            check_name=found.name,
            passed=found.passed,
            severity=SEVERITY[found.severity],
            metadata=metadata.of_check(found, outcome),
        )
        for found in outcome.checks
    ]
    asked = set() if by_refresh or not table.day_column else _wanted(context)
    for day, rows in metadata.of_days(table, outcome.days - asked, work).items():
        materialization = dg.AssetMaterialization(
            key_of(table.name), partition=day.isoformat(), metadata=rows | told
        )
        context.log_event(materialization)
    if table.day_column is None and (outcome.changed or not by_refresh):
        yield dg.MaterializeResult(metadata=metadata.of_table(table, work), check_results=checks)
    elif asked:
        rows_of = metadata.of_days(table, asked, work)
        for day, rows in rows_of.items():
            context.add_asset_metadata(rows, partition_key=day.isoformat())
        yield dg.MaterializeResult(metadata=told, check_results=checks)
    else:
        yield from checks


def assets_for(
    tables: Iterable[Table], lakehouse: Lakehouse
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """All tables and the sources of the bronze ones."""
    tables = list(tables)
    return [
        *(source_of(table) for table in tables if table.kind is Kind.BRONZE),
        *(asset_for(table, lakehouse) for table in tables),
    ]
