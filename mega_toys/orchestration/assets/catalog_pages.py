"""The catalog in Dagster: an asset made of all tables, whose pages lie in a folder."""

from typing import Any

import dagster as dg

from mega_toys.catalog_site.site import Site, pages
from mega_toys.catalog_site.written import looked_at, write
from mega_toys.declared.lake.gold.data_quality_daily import TABLE as DATA_QUALITY
from mega_toys.lake.reading.reader import Reader
from mega_toys.operations.crash import without_values
from mega_toys.orchestration.reporting.events import key_of
from mega_toys.orchestration.resources.alive import alive
from mega_toys.orchestration.resources.lakehouse import Lakehouse

KEY = dg.AssetKey(["lake", "catalog"])


def catalog_pages_for(lakehouse: Lakehouse) -> dg.AssetsDefinition:
    """The asset that writes the pages of all tables."""

    @dg.asset(
        key=KEY,
        deps=[key_of(table.name) for table in lakehouse.catalog],
        group_name="lake/catalog",
        owners=[f"team:{DATA_QUALITY.contract.owner}"],
        kinds={"html"},
        description="Pages of all tables and metrics, for people, in the folder of the settings.",
    )
    def catalog_pages(
        context: dg.AssetExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]
    ) -> dg.MaterializeResult[None]:
        with alive(context), without_values():
            number = build(lakehouse, context.run.run_id)
        return dg.MaterializeResult(metadata={"pages": number, **_where(lakehouse)})

    return catalog_pages


BUILD_CATALOG = dg.define_asset_job(
    "build_catalog",
    selection=dg.AssetSelection.assets(KEY),
    description="Write the catalog: pages of all tables, for people.",
)


def build(lakehouse: Lakehouse, run: str) -> int:
    """Write the pages as the lake stands; how many."""
    settings = lakehouse.settings
    reader = Reader(lakehouse.store, lakehouse.catalog, memory_mb=settings.memory_mb)
    site = Site.of(reader, lakehouse.plan(run))
    return write(pages(site, settings.ui_url), settings.catalog_root)


def _where(lakehouse: Lakehouse) -> dict[str, Any]:
    settings = lakehouse.settings
    told: dict[str, Any] = {"start": dg.MetadataValue.path(settings.catalog_root / "index.html")}
    if settings.catalog_url:
        told["catalog"] = dg.MetadataValue.url(settings.catalog_url)
    return told


def ages(lakehouse: Lakehouse) -> tuple[float, float]:
    """When the pages looked at the lake, and when it was last written to, seconds; 0: never."""
    at = looked_at(lakehouse.settings.catalog_root)
    store = lakehouse.store
    names = [t.name for t in lakehouse.catalog if store.can_be_opened(t.name)]
    return at.timestamp() if at else 0.0, max(map(store.written_at, names), default=0.0)
