"""Tables and views in a DuckDB file, with what their declarations say of them."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import duckdb

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.name import TableName
from mega_toys.declared.table import Table
from mega_toys.declared.unnamed import private_columns
from mega_toys.lake.reading.source import text
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
    place = place_of(table.name)
    columns = columns_of(table, connection.sql(content).columns)
    asked = ", ".join(f'"{name}"' for name in columns)
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{table.name.domain}"')
    connection.execute(f"CREATE TABLE {place} AS SELECT {asked} FROM ({content})")  # noqa: S608, our own names
    connection.execute(f"COMMENT ON TABLE {place} IS {text(table.title)}")
    for name in columns:
        if name in table.columns and (said := table.columns[name].description):
            connection.execute(f'COMMENT ON COLUMN {place}."{name}" IS {text(said)}')


def columns_of(table: Table, names: Iterable[str]) -> list[str]:
    """Those of a table's columns that are published."""
    left_out = private_columns([table]) - {*table.key} if table.name.layer != "gold" else set()
    return [name for name in names if name not in left_out]


def make_views(
    connection: duckdb.DuckDBPyConnection, catalog: Catalog, tables: Iterable[Table]
) -> None:
    """Make the views that are made of these tables alone, and of each other."""
    there = {str(table.name) for table in tables}
    while ready := [n for n in catalog.views if n not in there and there >= {*made_of(n, catalog)}]:
        for name in ready:
            view = TableName.parse(name)
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{view.domain}"')
            connection.execute(f"CREATE VIEW {place_of(view)} AS {_in_the_file(name, catalog)}")
            title = text(described(name, catalog))
            connection.execute(f"COMMENT ON VIEW {place_of(view)} IS {title}")
        there |= {*ready}


def _in_the_file(name: str, catalog: Catalog) -> str:
    """The SQL of a view with the names that its tables have there."""
    sql = catalog.views[name]
    for other in made_of(name, catalog):
        place = place_of(TableName.parse(other))
        sql = re.sub(rf"(?<![\w.]){re.escape(other)}(?![\w.])", place, sql)
    return sql


def place_of(name: TableName) -> str:
    """A table's schema and name in the file."""
    return f'"{name.domain}"."{name.table}"'
