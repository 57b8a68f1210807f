"""The rows of a table as SQL reads them: straight from its Parquet files."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
import polars as pl
from deltalake import DeltaTable
from polars.datatypes import DataTypeClass

from mega_toys.lake.store.bucket import Bucket
from mega_toys.lake.store.store import Store


def reach(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    """Let DuckDB read the files of a lake in a bucket."""
    if isinstance(store.place, Bucket):
        connection.register_filesystem(store.place.filesystem)


@dataclass(frozen=True)
class Source:
    """The rows of a table's newest version as a query, and the Parquet files that it reads."""

    sql: str
    files: tuple[str, ...]

    @classmethod
    def of(
        cls,
        store: Store,
        name: str,
        column: str | None = None,
        days: Iterable[dt.date] | None = None,
    ) -> "Source":
        """The source of a table, or of some days by its partition column.

        Partition columns come from the paths of files.
        """
        table = store.opened(name)
        files = tuple(table.file_uris())
        if column is not None and days is not None:
            folders = {f"{column}={day}" for day in days}
            files = tuple(file for file in files if not folders.isdisjoint(file.split("/")))
        schema = store.scan(name).collect_schema()
        if not files:
            columns = ", ".join(
                f"CAST(NULL AS {_type(dtype)}) AS {quoted(column)}"
                for column, dtype in schema.items()
            )
            return cls(f"SELECT {columns} WHERE false", ())
        partitions = table.metadata().partition_columns
        types = ", ".join(f"{quoted(column)}: {_type(schema[column])}" for column in partitions)
        hive = f", hive_partitioning = true, hive_types = {{{types}}}" if partitions else ""
        hive += ", union_by_name = true" if _has_grown(table) else ""
        order, paths = ", ".join(map(quoted, schema)), ", ".join(map(text, files))
        read = f"SELECT {order} FROM read_parquet([{paths}]{hive})"  # noqa: S608, our own names and paths, quoted
        return cls(read, files)


def _has_grown(table: DeltaTable) -> bool:
    """Whether files may lack a column that the table got later, of which the log tells nothing."""
    actions = pl.DataFrame(table.get_add_actions(flatten=True))
    counts = actions.select(pl.col("^null_count\\..*$"))
    return any(column.null_count() for column in counts)


def _type(dtype: pl.DataType | DataTypeClass) -> str:
    if isinstance(dtype, pl.List):
        return f"{_type(dtype.inner)}[]"
    if isinstance(dtype, pl.Struct):
        fields = ", ".join(f"{quoted(f.name)} {_type(f.dtype)}" for f in dtype.fields)
        return f"STRUCT({fields})"
    if isinstance(dtype, pl.Decimal):
        return f"DECIMAL({dtype.precision}, {dtype.scale})"
    if isinstance(dtype, pl.Datetime):
        return "TIMESTAMPTZ" if dtype.time_zone else "TIMESTAMP"
    return {"String": "VARCHAR", "Int64": "BIGINT", "Float64": "DOUBLE"}.get(
        str(dtype), str(dtype).upper()
    )


def quoted(name: str) -> str:
    """A name of SQL."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text literal of SQL."""
    return "'" + value.replace("'", "''") + "'"
