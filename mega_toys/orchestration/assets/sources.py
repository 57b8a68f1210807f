"""The source systems that the lineage begins with, and what arrived from each."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, cast

import dagster as dg
import polars as pl

from mega_toys.declared.days import said
from mega_toys.declared.described import promised
from mega_toys.declared.source import Source, System
from mega_toys.declared.table import Bronze
from mega_toys.declared.words import counted
from mega_toys.lake.own.files import EMPTY, FILES, UNREADABLE, dataset_of, newest
from mega_toys.lake.run.work import Work
from mega_toys.operations.pulling import Asked, Pulled, asked, pull
from mega_toys.orchestration.assets import source_freshness
from mega_toys.orchestration.reporting.run_log import Event
from mega_toys.orchestration.resources.alive import alive
from mega_toys.orchestration.resources.lakehouse import Lakehouse


def source_key(bronze: Bronze) -> dg.AssetKey:
    """The source of a bronze table."""
    return dg.AssetKey([bronze.name.domain, "source", bronze.name.table])


def asked_of(lakehouse: Lakehouse) -> list[Asked]:
    """The tables whose systems are set, and what is to be pulled for them."""
    settings = lakehouse.settings
    return asked(lakehouse.catalog, settings.sources, settings.landing_root)


def sources_for(lakehouse: Lakehouse) -> list[dg.AssetsDefinition]:
    """The sources of all bronze tables: to materialize one is to pull it, where its system is set.

    To observe another is to look at its landing zone.
    """
    pulled = asked_of(lakehouse)
    tables = [one.table.name for one in pulled]
    rest = [table for table in lakehouse.catalog.bronze if table.name not in tables]
    assets = [_pulled_source(one, lakehouse) for one in pulled]
    return [*assets, *([_observed_source(rest, lakehouse)] if rest else [])]


def _pulled_source(one: Asked, lakehouse: Lakehouse) -> dg.AssetsDefinition:
    """The source of a table that is pulled. What is new there becomes landing files."""
    spec = _spec(one.table, lakehouse)

    @dg.asset(
        key=spec.key,
        group_name=spec.group_name,
        kinds=spec.kinds,
        owners=spec.owners,
        tags={"layer": "source", "privacy": one.table.contract.privacy},
        description=f"{one.source.object} of the system {one.source.system}: what is new there is "
        "pulled into the landing zone.",
        metadata=spec.metadata,
        check_specs=[source_freshness.spec_of(spec.key)],
    )
    def pull_source(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster asks for that
        with alive(context):
            (done,) = pull([one], lambda pulled, of: context.log.info(f"{pulled.rows} rows"))
        if done.error:
            raise dg.Failure(
                f"{done.error}. Until then, {counted(done.rows, 'row')} of this pull had landed."
            )
        return dg.MaterializeResult(
            metadata=_told(done), check_results=[source_freshness.fresh(one)]
        )

    return pull_source


def _told(done: Pulled) -> dict[str, Any]:
    """What a pull brought, as numbers that Dagster plots."""
    until = done.until if isinstance(done.until, dt.datetime) else None
    lag = {"lag (s)": (dt.datetime.now(dt.UTC) - until).total_seconds()} if until else {}
    return {
        "rows": done.rows,
        "files": len(done.files),
        "seconds": done.seconds,
        "rows a second": done.rows / max(done.seconds, 0.001),
        **lag,
        **({} if done.until is None else {"landed until the mark": f"{done.until}"}),
        **({"last file": done.files[-1]} if done.files else {}),
    }


def pulled_outside(every: Sequence[Asked], done: Sequence[Pulled]) -> Iterator[Event]:
    """The events of pulls that landed something and were no runs of Dagster's."""
    for one, told in zip(every, done, strict=True):
        if told.rows:
            key = source_key(one.table)
            yield dg.AssetMaterialization(key, metadata=_told(told))
            if not (told.error or told.left):
                yield source_freshness.told_fresh(key, one)


def _observed_source(bronze: list[Bronze], lakehouse: Lakehouse) -> dg.AssetsDefinition:
    @dg.multi_observable_source_asset(  # type: ignore[untyped-decorator]  # it is not typed
        name="look_at_sources",
        specs=[_spec(table, lakehouse) for table in bronze],
        can_subset=True,
    )
    def look(
        context: dg.AssetExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]
    ) -> Iterator[dg.ObserveResult]:
        plan = lakehouse.plan(context.run.run_id)
        for table in bronze:
            if source_key(table) in context.selected_asset_keys:
                waiting = said(plan.of(table).days_if_known()) or "none"
                told = arrived(table, plan.work) | {"landing days not taken in yet": waiting}
                yield dg.ObserveResult(asset_key=source_key(table), metadata=told)

    return cast(dg.AssetsDefinition, look)


def _spec(table: Bronze, lakehouse: Lakehouse) -> dg.AssetSpec:
    system = table.dataset.source
    folder = f"{lakehouse.settings.landing_root}/{table.name.domain}/{table.name.table}"
    return dg.AssetSpec(
        key=source_key(table),
        group_name=f"{table.name.domain}/source",
        kinds={_kind_of(system, lakehouse)},
        owners=[f"team:{table.contract.owner}"],
        tags={"layer": "source", "privacy": table.contract.privacy},
        description=f"Delivered to the landing zone by {system}.",
        metadata={
            "lands in": dg.MetadataValue.path(f"{folder}/<YYYY-MM-DD>/"),
            "a delivery is expected within": promised(table.contract.expected_within),
        },
    )


def _kind_of(source: Source, lakehouse: Lakehouse) -> str:
    """The kind of the system, where its address tells; else what it delivers."""
    address = lakehouse.settings.sources.get(source.system) if isinstance(source, System) else None
    return address.kind if address else "files"


def observed(
    table: Bronze, work: Work, since: dt.datetime | None = None
) -> list[dg.AssetObservation]:
    """The event of what a bronze table has taken in, if there is any file since an instant."""
    told = arrived(table, work, since)
    return (
        [dg.AssetObservation(source_key(table), metadata=told)] if told["files that came"] else []
    )


def arrived(table: Bronze, work: Work, since: dt.datetime | None = None) -> dict[str, Any]:
    """The files of a source: those there are in all, and those that came since an instant."""
    files = newest(work.store.of_partition(FILES, dataset_of(table)).lazy())
    came = pl.lit(True) if since is None else pl.col("ingested_at") >= since
    status, size = pl.col("status"), pl.col("size")
    row = files.select(
        pl.len().alias("files in all"),
        size.sum().alias("bytes in all"),
        (status == UNREADABLE).sum().alias("unreadable in all"),
        (status == EMPTY).sum().alias("empty in all"),
        came.sum().alias("files that came"),
        size.filter(came).sum().alias("bytes that came"),
        pl.col("path").sort_by("landing_day", "path").last().alias("last file"),
    ).collect()
    return {name: value for name, value in row.row(0, named=True).items() if value is not None}
