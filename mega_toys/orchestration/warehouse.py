"""Gold for BI tools: one DuckDB file, replaced as a whole when a gold table changed."""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
from dagster_duckdb import DuckDBResource

from mega_toys.lake.lock import only_writer
from mega_toys.lake.quality import QUALITY
from mega_toys.lake.sql import source_of, text
from mega_toys.lake.step import step
from mega_toys.lake.table import TableName
from mega_toys.orchestration.events import key_of
from mega_toys.orchestration.lakehouse import Lakehouse

KEY = dg.AssetKey(["lake", "warehouse"])
FILE = "warehouse.duckdb"
READABLE_BY = "v1.2.0"  # DuckDB clients from this version on can open the file


def gold_of(lakehouse: Lakehouse) -> list[TableName]:
    """The tables that are published: those of the domains, and what became of their records."""
    gold = [table.name for table in lakehouse.catalog if table.name.layer == "gold"]
    return [*gold, TableName.parse(QUALITY.name)]


def published(lakehouse: Lakehouse) -> dict[str, int]:
    """The versions that the file holds; nothing where there is none or it cannot be read."""
    path = Path(lakehouse.settings.lake_root) / FILE
    if not path.exists():
        return {}
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            return dict(connection.sql("SELECT name, version FROM published").fetchall())
    except duckdb.Error:
        return {}


def to_publish(lakehouse: Lakehouse) -> dict[str, int]:
    """The versions of gold as they are now, if the file does not hold these; else nothing."""
    gold = [name for name in gold_of(lakehouse) if lakehouse.store.exists(name)]
    now = {str(name): lakehouse.store.version(name) for name in gold}
    return now if now and now != published(lakehouse) else {}


def warehouse_for(lakehouse: Lakehouse) -> dg.AssetsDefinition:
    """The asset that publishes gold."""

    @dg.asset(
        key=KEY,
        deps=[key_of(name) for name in gold_of(lakehouse)],
        group_name="lake",
        kinds={"duckdb"},
        description=f"All gold tables in `<lake root>/{FILE}`, a schema for each domain.",
    )
    def warehouse(
        context: dg.AssetExecutionContext,
        lakehouse: dg.ResourceParam[Lakehouse],
        duckdb: dg.ResourceParam[DuckDBResource],
    ) -> Iterator[dg.MaterializeResult[None]]:
        with only_writer(lakehouse.settings.lake_root, context.log.warning):
            versions = publish(lakehouse, duckdb)
        yield dg.MaterializeResult(metadata=dict(versions) or {"published": "already up to date"})

    return warehouse


PUBLISH = dg.define_asset_job(
    "publish",
    selection=dg.AssetSelection.assets(KEY),
    description="Publish gold into the DuckDB file, if it changed.",
)


def publish(lakehouse: Lakehouse, database: DuckDBResource) -> dict[str, int]:
    """Publish gold if it changed; the versions that were published."""
    versions = to_publish(lakehouse)
    if versions:
        with database.get_connection() as connection:
            _publish(lakehouse, versions, connection)
    return versions


def _publish(
    lakehouse: Lakehouse, versions: dict[str, int], connection: duckdb.DuckDBPyConnection
) -> None:
    """Build the file aside, then put it in the place of the old one; readers keep theirs."""
    path = Path(lakehouse.settings.lake_root) / FILE
    aside = path.with_suffix(".duckdb.tmp")
    step("publish.begin")
    aside.unlink(missing_ok=True)
    connection.execute(f"ATTACH {text(str(aside))} AS made (STORAGE_VERSION '{READABLE_BY}')")
    for name in gold_of(lakehouse):
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS made."{name.domain}"')
        source = source_of(lakehouse.store, str(name))
        connection.execute(f'CREATE TABLE made."{name.domain}"."{name.table}" AS {source}')
    connection.execute("CREATE TABLE made.main.published (name VARCHAR, version BIGINT)")
    connection.executemany("INSERT INTO made.main.published VALUES (?, ?)", list(versions.items()))
    connection.execute("CHECKPOINT made")
    connection.execute("DETACH made")
    with aside.open("rb+") as written:
        os.fsync(written.fileno())
    step("publish.built")
    aside.replace(path)
    step("publish.done")
