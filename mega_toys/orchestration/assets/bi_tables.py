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


def make_views(
    connection: duckdb.DuckDBPyConnection, catalog: Catalog, tables: Iterable[Table]
) -> None:
    """Make the views that are made of these tables alone, and of each other."""
    there = {str(table.name) for table in tables}
    while ready := [n for n in catalog.views if n not in there and there >= {*made_of(n, catalog)}]:
        for name in ready:
            view = TableName.parse(name)
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{view.domain}"')
            connection.execute(f"CREATE VIEW {_place(view)} AS {_in_the_file(name, catalog)}")
            title = text(described(name, catalog))
            connection.execute(f"COMMENT ON VIEW {_place(view)} IS {title}")
        there |= {*ready}


def _in_the_file(name: str, catalog: Catalog) -> str:
    """The SQL of a view with the names that its tables have there."""
    sql = catalog.views[name]
    for other in made_of(name, catalog):
        sql = re.sub(rf"(?<![\w.]){re.escape(other)}(?![\w.])", _place(TableName.parse(other)), sql)
    return sql


def _place(name: TableName) -> str:
    return f'"{name.domain}"."{name.table}"'
