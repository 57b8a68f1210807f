"""What BI tools read: one DuckDB file, replaced as a whole when a table in it changed.

It holds gold, the published descriptions (products, machines, …) without their private columns, and
the views, with what the declarations say of tables and columns.
"""

from collections.abc import Iterator
from typing import NamedTuple

import dagster as dg
import duckdb

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.lake.gold.data_quality_daily import TABLE as DATA_QUALITY
from mega_toys.declared.name import TableName
from mega_toys.declared.table import History, Reference, Table
from mega_toys.lake.checks import noted
from mega_toys.lake.news.stale import inputs_of
from mega_toys.lake.reading.source import reach, text
from mega_toys.lake.store.lock import only_writer
from mega_toys.lake.store.step import step
from mega_toys.operations.refresh import why_blocked
from mega_toys.orchestration.assets import bi_tables, published_rows
from mega_toys.orchestration.reporting.events import key_of
from mega_toys.orchestration.resources.lakehouse import Lakehouse

KEY = dg.AssetKey(["lake", "warehouse"])
FILE = "warehouse.duckdb"
READABLE_BY = "v1.2.0"  # DuckDB clients from this version on can open the file


def published_of(catalog: Catalog) -> list[Table]:
    """The tables in the file: gold, and the silver that describes things, where it is published."""
    gold = [table for table in catalog if table.name.layer == "gold"]
    taken = {(table.name.domain, table.name.table) for table in gold}
    silver = [
        table
        for table in catalog
        if isinstance(table, (History, Reference)) and table.contract.published
    ]
    return gold + [t for t in silver if (t.name.domain, t.name.table) not in taken]


class Edition(NamedTuple):
    """What the file holds of a table: which version, if any, and why no newer rows.

    `batch` is of the newest note then: a table that was put back comes to the same version again.
    """

    version: int | None
    held_back: str | None = None
    batch: str | None = None

    def __str__(self) -> str:
        if self.held_back is None:
            return f"version {self.version}"
        there = "nothing" if self.version is None else f"version {self.version}"
        return f"{there}, since {self.held_back}"


Editions = dict[str, Edition]


def published(lakehouse: Lakehouse) -> Editions:
    """What the file holds; nothing where there is none or it cannot be read."""
    file = lakehouse.store.place.look(FILE)
    if file is None:
        return {}
    if lakehouse.published is None or lakehouse.published[0] != file:
        lakehouse.published = file, _read(lakehouse)
    return lakehouse.published[1]


def _read(lakehouse: Lakehouse) -> Editions:
    path = lakehouse.store.place.local(FILE)
    if path is None:
        return {}
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            rows = connection.sql("SELECT * FROM published ORDER BY name").fetchall()
            return {name: Edition(*told) for name, *told in rows}
    except duckdb.Error:
        return {}


def to_publish(lakehouse: Lakehouse) -> Editions:
    """What the file is to hold of each gold table, if that is another thing; else nothing."""
    before = published(lakehouse)
    tables = published_of(lakehouse.catalog)
    there = [table for table in tables if lakehouse.store.exists(table.name)]
    now = {str(t.name): _edition(t, lakehouse, before.get(str(t.name))) for t in there}
    return now if now and now != before else {}


def _edition(table: Table, lakehouse: Lakehouse, before: Edition | None) -> Edition:
    """The newest version, but of a table whose rows are not known to be good the last that was."""
    todo, held = lakehouse.plan("publish").of(table), before or Edition(None)
    work = todo.work
    read = [str(table.name), *inputs_of(table, lakehouse.catalog)]
    if torn := [name for name in read if not work.store.can_be_opened(name)]:
        return held._replace(held_back=f"{torn[0]} cannot be opened")
    newest, state = _newest(table.name, lakehouse), work.store.state(table.name)
    if failed := noted(table, work).failed:
        return held._replace(held_back=f"it fails {', '.join(failed)}")
    if state and state.unchecked:
        return held._replace(held_back="its newest rows are not checked yet")
    blocking = todo.blocking if todo.moved else {}
    why = why_blocked(str(table.name), blocking).rstrip(".") if blocking else None
    return newest._replace(held_back=why)


def _newest(name: TableName, lakehouse: Lakehouse) -> Edition:
    state = lakehouse.store.state(name)
    return Edition(lakehouse.store.version(name), batch=state.batch if state else None)


def held_back(lakehouse: Lakehouse) -> Iterator[str]:
    """The tables of which the file does not hold the newest rows, and why, in words."""
    for name, edition in published(lakehouse).items():
        if edition.held_back is not None:
            yield f"{FILE} holds {edition} of {name}"


def warehouse_for(lakehouse: Lakehouse) -> dg.AssetsDefinition:
    """The asset that publishes gold."""

    @dg.asset(
        key=KEY,
        deps=[key_of(table.name) for table in published_of(lakehouse.catalog)],
        group_name="lake/warehouse",
        owners=[f"team:{DATA_QUALITY.contract.owner}"],
        kinds={"duckdb"},
        description=f"Gold, published descriptions and views in `<lake root>/{FILE}`, a schema "
        "for each domain.",
    )
    def warehouse(
        context: dg.AssetExecutionContext,
        lakehouse: dg.ResourceParam[Lakehouse],
    ) -> Iterator[dg.MaterializeResult[None]]:
        with only_writer(lakehouse.settings.lake_root, context.log.warning):
            editions = publish(lakehouse)
        for said in held_back(lakehouse):
            context.log.warning(said)
        yield dg.MaterializeResult(metadata=told(editions) or {"published": "already up to date"})

    return warehouse


PUBLISH = dg.define_asset_job(
    "publish",
    selection=dg.AssetSelection.assets(KEY),
    description="Publish gold into the DuckDB file, if it changed.",
)


def told(editions: Editions) -> dict[str, int | str]:
    """What was published, as metadata."""
    return {
        name: str(edition) if edition.held_back or edition.version is None else edition.version
        for name, edition in editions.items()
    }


def publish(lakehouse: Lakehouse) -> Editions:
    """Publish gold if it changed; what was published."""
    editions = to_publish(lakehouse)
    if editions:
        with lakehouse.database.get_connection() as connection:
            _publish(lakehouse, editions, connection)
    return editions


def _publish(
    lakehouse: Lakehouse, editions: Editions, connection: duckdb.DuckDBPyConnection
) -> None:
    """Build the file aside, then put it in the place of the old one; readers keep theirs."""
    place = lakehouse.store.place
    aside = place.scratch / f"{FILE}.tmp"
    step("publish.begin")
    aside.unlink(missing_ok=True)
    connection.execute(f"ATTACH {text(str(aside))} AS made (STORAGE_VERSION '{READABLE_BY}')")
    if published(lakehouse):
        connection.execute(f"ATTACH {text(str(place.local(FILE)))} AS before (READ_ONLY)")
    reach(lakehouse.store, connection)
    with bi_tables.within(connection, "made"), place.naming_refusals(FILE):
        _fill(lakehouse, editions, connection)
        at_ns = published_rows.note_time(connection)
    connection.execute("DETACH DATABASE IF EXISTS before")
    connection.execute("CHECKPOINT made")
    connection.execute("DETACH made")
    published_rows.has_time(aside, at_ns)
    step("publish.built")
    place.put(FILE, aside)
    step("publish.done")


def _fill(lakehouse: Lakehouse, editions: Editions, connection: duckdb.DuckDBPyConnection) -> None:
    known = {name for name, edition in editions.items() if edition.version is not None}
    tables = [one for one in published_of(lakehouse.catalog) if str(one.name) in known]
    is_as_made = published_rows.is_as_made(lakehouse.store.place.local(FILE), connection)
    there = published(lakehouse) if is_as_made else {}
    for table in tables:
        content = _source(table, editions[str(table.name)], there, lakehouse, connection)
        bi_tables.make_table(connection, table, content)
    bi_tables.make_views(connection, lakehouse.catalog, tables)
    connection.execute(
        "CREATE TABLE main.published "
        "(name VARCHAR, version BIGINT, held_back VARCHAR, batch VARCHAR)"
    )
    rows = [(name, *edition) for name, edition in editions.items()]
    connection.executemany("INSERT INTO main.published VALUES (?, ?, ?, ?)", rows)


def _source(
    table: Table,
    edition: Edition,
    there: Editions,
    lakehouse: Lakehouse,
    connection: duckdb.DuckDBPyConnection,
) -> str:
    """The rows of a table: those of the lake, or where it has newer ones, of the file before."""
    store, before = lakehouse.store, there.get(str(table.name), Edition(None))
    opens = store.can_be_opened(table.name)
    if opens and edition._replace(held_back=None) == _newest(table.name, lakehouse):
        return published_rows.now(table, before.version, before.batch, store, connection)
    return published_rows.before(table)
