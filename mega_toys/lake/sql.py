"""SQL over all tables by their names, through DuckDB."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
from deltalake import DeltaTable
from polars.datatypes import DataTypeClass

from mega_toys.lake.catalog import Catalog
from mega_toys.lake.errors import LakeError, QueryError
from mega_toys.lake.reading import names, not_there
from mega_toys.lake.store import Store

_SHOW_TABLES = re.compile(r"\s*show\s+(all\s+)?tables\s*;?\s*", re.IGNORECASE)
WRITERS = {".csv": "write_csv", ".parquet": "write_parquet", ".json": "write_json"}


@dataclass(frozen=True)
class Database:
    """An in-memory database in which `commerce.gold.daily_sales` is the table of that name."""

    connection: duckdb.DuckDBPyConnection
    tables: tuple[str, ...]  # all that can be asked, and not only those that a query means

    @classmethod
    def of(cls, store: Store, catalog: Catalog, query: str) -> "Database":
        """A view for each table that the query may mean; all where it names none.

        A semantic view that it means brings the tables that it is made of.
        """
        there = [name for name in names(catalog) if store.exists(name)]
        for name in names(catalog):
            if name in query.lower() and name not in there:
                raise LakeError(not_there(name, store))
        if not there and _SHOW_TABLES.fullmatch(query):
            raise LakeError(f"The lake {store.place} is empty. Run `mega-toys refresh` first.")
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        semantic = {name: sql for name, sql in catalog.views.items() if _is_meant(name, query)}
        asked = " ".join([query, *semantic.values()])
        for name in [name for name in there if _is_meant(name, asked)] or there:
            _make_view(connection, name, source_of(store, name))
        try:
            for name, sql in semantic.items():
                _make_view(connection, name, sql)
        except duckdb.Error as error:
            raise QueryError(f"{name} cannot be made: {error}") from None
        return cls(connection, (*there, *catalog.views))

    def answer(self, query: str) -> pl.DataFrame:
        """The rows of a query; QueryError with DuckDB's own words where it has none."""
        if _SHOW_TABLES.fullmatch(query):
            return pl.DataFrame({"table": sorted(self.tables)})
        try:
            _must_be_one(self.connection.extract_statements(query))
            found = self.connection.sql(query)
            rows: pl.DataFrame = pl.DataFrame() if found is None else found.pl()
        except (duckdb.Error, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise QueryError(str(error)) from None
        return rows.with_columns(_narrowed(column) for column in rows)


def _must_be_one(statements: Sequence[object]) -> None:
    if not statements:
        raise QueryError("The query asks nothing: SELECT … FROM commerce.gold.daily_sales")
    if len(statements) > 1:
        raise QueryError(f"These are {len(statements)} statements: ask them one at a time.")


def _narrowed(column: pl.Series) -> pl.Series:
    """A sum of whole numbers as 64 bits where it fits, since JSON has no wider numbers."""
    wide = column.dtype == pl.Int128 or column.dtype == pl.Decimal(38, 0)
    narrow = column.cast(pl.Int64, strict=False) if wide else column
    return narrow if narrow.null_count() == column.null_count() else column


def _is_meant(name: str, query: str) -> bool:
    return name.rsplit(".", 1)[-1] in query.lower()


def _make_view(connection: duckdb.DuckDBPyConnection, name: str, source: str) -> None:
    *schema, table = name.split(".")
    domain, layer = schema[0], schema[1] if len(schema) > 1 else "main"
    connection.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {_quoted(domain)}")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(domain)}.{_quoted(layer)}")
    where = ".".join(map(_quoted, (domain, layer, table)))
    connection.execute(f"CREATE OR REPLACE VIEW {where} AS {source}")


def source_of(store: Store, name: str) -> str:
    """The Parquet files of the table's newest version; partition columns come from their paths."""
    table = DeltaTable(store.uri(name))
    files = ", ".join(text(uri) for uri in table.file_uris())
    if not files:
        schema = store.scan(name).collect_schema()
        columns = ", ".join(
            f"CAST(NULL AS {_type(dtype)}) AS {_quoted(column)}" for column, dtype in schema.items()
        )
        return f"SELECT {columns} WHERE false"
    partitions = table.metadata().partition_columns
    schema = store.scan(name).collect_schema()
    types = ", ".join(f"{_quoted(column)}: {_type(schema[column])}" for column in partitions)
    hive = f", hive_partitioning = true, hive_types = {{{types}}}" if partitions else ""
    order = ", ".join(_quoted(column) for column in schema)
    return f"SELECT {order} FROM read_parquet([{files}]{hive})"  # noqa: S608, our own names and paths, quoted


def _type(dtype: pl.DataType | DataTypeClass) -> str:
    if isinstance(dtype, pl.List):
        return f"{_type(dtype.inner)}[]"
    if isinstance(dtype, pl.Struct):
        fields = ", ".join(f"{_quoted(f.name)} {_type(f.dtype)}" for f in dtype.fields)
        return f"STRUCT({fields})"
    if isinstance(dtype, pl.Decimal):
        return f"DECIMAL({dtype.precision}, {dtype.scale})"
    if isinstance(dtype, pl.Datetime):
        return "TIMESTAMPTZ" if dtype.time_zone else "TIMESTAMP"
    return {"String": "VARCHAR", "Int64": "BIGINT", "Float64": "DOUBLE"}.get(
        str(dtype), str(dtype).upper()
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def save(rows: pl.DataFrame, path: Path) -> None:
    """Write rows as CSV, Parquet or JSON, by the name of the file."""
    if path.suffix.lower() not in WRITERS:
        raise QueryError(f"`{path}` ends in none of {', '.join(WRITERS)}.")
    try:
        _write(rows, path)
    except pl.exceptions.PolarsError as error:
        raise QueryError(
            f"{path} cannot hold these rows: {error}. Try .parquet or .json."
        ) from None


def _write(rows: pl.DataFrame, path: Path) -> None:
    getattr(rows, WRITERS[path.suffix.lower()])(path)
