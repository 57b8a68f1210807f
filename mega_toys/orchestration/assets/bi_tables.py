"""Tables and views in a DuckDB file, with what their declarations say of them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.table import Table, TableName
from mega_toys.declared.unnamed import private_columns
from mega_toys.lake.reading.sql import text
from mega_toys.lake.reading.views import described, made_of


@contextmanager
def within(connection: duckdb.DuckDBPyConnection, database: str) -> Iterator[None]:
    """What is made meanwhile lies in an attached database."""
    (before,) = connection.execute("SELECT current_database()").fetchone() or ("memory",)
    connection.execute(f'USE "{database}"')
    try:
        yield
    finally:
        connection.execute(f'USE "{before}"')


def make_table(connection: duckdb.DuckDBPyConnection, table: Table, content: str) -> None:
    """Make a table of what a query gives; of silver without the private columns but its key.

    Where the table is not made anew yet, the columns are others than those declared.
    """
    place = _place(table.name)
    left_out = private_columns([table]) - {*table.key} if table.name.layer != "gold" else set()
    columns = [name for name in connection.sql(content).columns if name not in left_out]
    asked = ", ".join(f'"{name}"' for name in columns)
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{table.name.domain}"')
    connection.execute(f"CREATE TABLE {place} AS SELECT {asked} FROM ({content})")  # noqa: S608, our own names
    connection.execute(f"COMMENT ON TABLE {place} IS {text(table.title)}")
    for name in columns:
        if name in table.columns and (said := table.columns[name].description):
            connection.execute(f'COMMENT ON COLUMN {place}."{name}" IS {text(said)}')


def make_views(connection: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Make the views of which all tables are there."""
    for name in _ordered(catalog):
        needed = made_of(name, catalog)
        if all(_is_there(connection, TableName.parse(one)) for one in needed):
            view = TableName.parse(name)
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{view.domain}"')
            connection.execute(f"CREATE VIEW {_place(view)} AS {_in_the_file(name, catalog)}")
            connection.execute(
                f"COMMENT ON VIEW {_place(view)} IS {text(described(name, catalog))}"
            )


def _ordered(catalog: Catalog, done: tuple[str, ...] = ()) -> Iterator[str]:
    """The views, each after those that it is made of."""
    left = [name for name in catalog.views if name not in done]
    ready = [n for n in left if not {*made_of(n, catalog)} & {*left}]
    yield from ready
    if ready:
        yield from _ordered(catalog, (*done, *ready))


def _in_the_file(name: str, catalog: Catalog) -> str:
    """The SQL of a view with the names that its tables have there."""
    sql = catalog.views[name]
    for other in made_of(name, catalog):
        sql = re.sub(rf"(?<![\w.]){re.escape(other)}(?![\w.])", _place(TableName.parse(other)), sql)
    return sql


def _is_there(connection: duckdb.DuckDBPyConnection, name: TableName) -> bool:
    found = connection.execute(
        "SELECT count(*) FROM information_schema.tables "
        "WHERE table_catalog = current_database() AND table_schema = ? AND table_name = ?",
        [name.domain, name.table],
    ).fetchone()
    return bool(found and found[0])


def _place(name: TableName) -> str:
    return f'"{name.domain}"."{name.table}"'
