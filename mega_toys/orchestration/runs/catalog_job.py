"""The catalog's pages, made by the clock: after each refresh they would cost too much of it."""

import dagster as dg

from mega_toys.catalog_site.site import Site, pages
from mega_toys.catalog_site.written import write
from mega_toys.declared.words import counted
from mega_toys.lake.reading.reader import Reader
from mega_toys.operations.crash import without_values
from mega_toys.orchestration.resources.alive import alive
from mega_toys.orchestration.resources.lakehouse import Lakehouse


@dg.op(description="Write the pages of all tables as the lake stands.")
def build_pages(context: dg.OpExecutionContext, lakehouse: dg.ResourceParam[Lakehouse]) -> None:
    """Write the catalog to the folder of the settings."""
    settings = lakehouse.settings
    reader = Reader(lakehouse.store, lakehouse.catalog, memory_mb=settings.memory_mb)
    with alive(context), without_values():
        site = Site.of(reader, lakehouse.plan(context.run.run_id))
        number = write(pages(site, settings.ui_url), settings.catalog_root)
    context.log.info(f"{counted(number, 'page')} written: open {settings.catalog_root}/index.html")


@dg.job(name="build_catalog", description="Write the catalog: pages of all tables, for people.")
def catalog_job() -> None:
    """Build the catalog."""
    build_pages()
