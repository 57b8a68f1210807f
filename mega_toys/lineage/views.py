"""What the columns of views in SQL come from: DuckDB plans them over tables without rows."""

import json
from dataclasses import dataclass

import duckdb
import polars as pl

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import LineageError
from mega_toys.lake.reading.by_name import schema_of
from mega_toys.lake.reading.source import quoted
from mega_toys.lake.reading.views import made_of
from mega_toys.lineage.frames import UnreadError
from mega_toys.lineage.origins import Origins
from mega_toys.lineage.sql_nodes import Rows, rows_of

_PLAN = "SELECT json_serialize_plan(?, optimize := false)"


def read(name: str, catalog: Catalog) -> dict[str, Origins]:
    """The origins of each column of a view: columns of the tables and views that its SQL names.

    Raises LineageError where DuckDB has no plan of it, or one that cannot be read.
    """
    with duckdb.connect() as connection:
        try:
            for source in made_of(name, catalog):
                _make(connection, source, catalog, within=(name,))
            columns = connection.sql(catalog.views[name]).columns
            found = _planned(connection, catalog.views[name])
        except duckdb.Error as error:
            raise LineageError(f"The view {name} has no plan: {_first_line(error)}") from None
        except UnreadError as error:
            raise LineageError(f"The view {name} has {error}.") from None
    if len(columns) != len(found.columns):
        raise LineageError(
            f"The view {name} has the columns {columns}, which were read as {len(found.columns)}."
        )
    return dict(zip(columns, found.told, strict=True))


def _planned(connection: duckdb.DuckDBPyConnection, sql: str) -> Rows:
    (answer,) = connection.execute(_PLAN, [sql]).fetchone() or ("",)
    told = json.loads(answer)
    if told["error"]:
        raise UnreadError(f"no plan: {told['error_message']}")
    (plan,) = told["plans"]
    return rows_of(plan, {})


def _make(
    connection: duckdb.DuckDBPyConnection, name: str, catalog: Catalog, within: tuple[str, ...]
) -> None:
    """A table without rows that has the columns of a table or a view, under its name."""
    if name in within:
        raise UnreadError(f"itself among what it is made of, by {' and '.join(within)}")
    database, schema, table = _place(name)
    connection.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {database}")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {database}.{schema}")
    made = f"CREATE TABLE IF NOT EXISTS {database}.{schema}.{table} AS"
    if name in catalog.views:
        for source in made_of(name, catalog):
            _make(connection, source, catalog, (*within, name))
        connection.execute(f"{made} FROM ({catalog.views[name]}\n) LIMIT 0")
        return
    connection.register("of_no_rows", _NoRows(schema_of(name, catalog)))
    connection.execute(f"{made} FROM of_no_rows")
    connection.unregister("of_no_rows")


def _place(name: str) -> tuple[str, str, str]:
    """Where a query finds a table of the lake: what has no layer lies in `main`."""
    database, *layer, table = name.split(".")
    return quoted(database), quoted(*layer or ["main"]), quoted(table)


@dataclass(frozen=True)
class _NoRows:
    """Columns as DuckDB takes them in without a library of its own for it."""

    schema: pl.Schema

    def __arrow_c_stream__(self, requested: object = None) -> object:
        return self.schema.to_frame().__arrow_c_stream__(requested)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
