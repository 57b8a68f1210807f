"""MySQL and MariaDB, by PyMySQL.

Values come as the server's text, which is exact, where a Python or Polars type would not be.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from mega_toys.address import Address
from mega_toys.declared.errors import DriverMissingError, SourceError, UnreachableError
from mega_toys.declared.source import Mark as ByMark
from mega_toys.declared.source import System
from mega_toys.sources.batches import MARK
from mega_toys.sources.landed import Mark
from mega_toys.sources.local_times import LAYOUT, UTC, as_instants, local_bound, utc_bound
from mega_toys.sources.mysql_address import options_of
from mega_toys.sources.relational import FIRST, Relation
from mega_toys.sources.waiting import Waiting

if TYPE_CHECKING:
    from pymysql.connections import Connection

EXTRA = "mysql"
BATCH_ROWS = 50_000
_SECONDS = 3600
_INTS = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint", "year"})
_DTYPES: Mapping[str, pl.DataType] = {name: pl.Int64() for name in _INTS} | {
    "float": pl.Float64(),
    "double": pl.Float64(),
}
_BYTES = {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"}
_TEXTS = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "json"}
_AS_TEXT = {"decimal", "unsigned", "date", "time", "datetime", "uuid", "inet4", "inet6"}
_COLUMNS = """
SELECT column_name, data_type, column_type FROM information_schema.columns
WHERE table_schema = coalesce(%s, database()) AND table_name = %s ORDER BY ordinal_position
"""


@dataclass(frozen=True)
class _Table(Relation):
    """A table of MySQL."""

    numbers = (_INTS - {"year"}) | {"unsigned"}
    instants = frozenset({"timestamp", "datetime", "date"})

    connection: "Connection[Any]"

    def rows(self) -> Iterator[pl.DataFrame]:
        """All rows as they land, some at a time."""
        return self._rows("", ())

    def by_mark(self, mark: ByMark, since: Mark | None) -> Iterator[pl.DataFrame]:
        """The rows with marks from one on, and those without, in the order of their marks."""
        column, where, values = _quoted(mark.column), "", []
        if since is not None:
            values = [self._bound(mark, since)]
            where = f"WHERE {column} >= %s OR {column} IS NULL"
            where += "" if self.is_number(mark) else f" OR {column} < {FIRST}"
        for rows in self._rows(f"{where} ORDER BY {column}", values):
            yield rows.with_columns(self._mark(mark).alias(MARK))

    def counted(self, mark: ByMark) -> Waiting:
        """How many rows there are, and the lowest mark."""
        for name in self.types:
            self._read(name)  # what a pull would refuse
        column = _quoted(mark.column)
        lowest = f"min({column})" if self.is_number(mark) else f"CAST(min({column}) AS CHAR)"
        query = f"SELECT count(*), {lowest} FROM {_table(self.source)}"  # noqa: S608
        ((rows, oldest),) = _answered(self.connection, query)
        told = pl.DataFrame({mark.column: [oldest]}, schema={mark.column: pl.String})
        landed = told.with_columns(self._as_instants(mark.column))
        return Waiting(int(rows), oldest=landed.select(self._mark(mark)).item())

    def _rows(self, rest: str, values: Sequence[object]) -> Iterator[pl.DataFrame]:
        columns = ", ".join(f"{self._read(name)} AS {_quoted(name)}" for name in self.types)
        query = f"SELECT {columns} FROM {_table(self.source)} {rest}"  # noqa: S608  # names are ours
        schema = {name: self._dtype(name) for name in self.types}
        instants = [self._as_instants(name) for name in self.types]
        for rows in _answer(self.connection, query, values):
            told = pl.DataFrame(rows, schema=dict.fromkeys(schema, pl.String), orient="row")
            yield told.with_columns(instants).cast(pl.Schema(schema))

    def _as_instants(self, name: str) -> pl.Expr:
        """A column of local times as instants, as text; what is none, and another column, as is."""
        column = pl.col(name)
        if self.types[name] != "datetime":
            return column
        return as_instants(column, self.zone_of(name)).alias(name)

    def _dtype(self, name: str) -> pl.DataType:
        return _DTYPES.get(self.types[name], pl.String())

    def _read(self, name: str) -> str:
        """The expression that reads a column exactly, as a number or as text."""
        kind, column = self.types[name], _quoted(name)
        if kind == "datetime":
            self.zone_of(name)
        if kind in _BYTES:
            return f"REPLACE(TO_BASE64({column}), '\\n', '')"
        if kind == "boolean":
            return f"CASE {column} WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE {column} END"
        if kind == "timestamp":
            return f"CONCAT({column}, '+00:00')"
        if kind == "float":
            return f"CAST({column} AS DOUBLE)"
        if kind == "bit":
            return f"CAST({column} + 0 AS CHAR)"
        if kind in _AS_TEXT:
            return f"CAST({column} AS CHAR)"
        if kind not in _DTYPES and kind not in _TEXTS:
            raise SourceError(
                f"column `{name}` is of type {kind}: select it as a text or a number in a view"
            )
        return column

    def _mark(self, mark: ByMark) -> pl.Expr:
        """The mark of a row as it lands; null where it is of no calendar."""
        column = pl.col(mark.column)
        if self.is_number(mark):
            return column.cast(pl.Int64, strict=False)
        layout = "%Y-%m-%d" if self.types[mark.column] == "date" else LAYOUT
        told = column.str.strip_suffix(UTC).str.to_datetime(layout, time_unit="us", strict=False)
        return told.dt.replace_time_zone("UTC")

    def _bound(self, mark: ByMark, since: Mark) -> object:
        """A mark in the type of the column, so that an index will do."""
        if not isinstance(since, dt.datetime):
            return since
        if self.types[mark.column] == "datetime":
            return str(local_bound(since, self.zone_of(mark.column)))
        at = utc_bound(since)
        return str(at.date()) if self.types[mark.column] == "date" else str(at)


@contextmanager
def opened(source: System, address: Address) -> Iterator[_Table]:
    """The table, in a transaction that only reads. SourceError where anything refuses."""
    try:
        import pymysql
    except ImportError:
        raise DriverMissingError(address.kind, EXTRA) from None
    try:
        connection = _connected(address)
    except (pymysql.MySQLError, OSError, RuntimeError) as error:
        raise UnreachableError(address.without_secrets(said(error))) from None
    try:
        with closing(connection):
            yield _of(connection, source)
    except pymysql.MySQLError as error:
        raise SourceError(address.without_secrets(said(error))) from None


def _connected(address: Address) -> "Connection[Any]":
    """A connection whose server has as long to let us in as to answer at all."""
    import pymysql

    options = options_of(address)
    seconds, options["read_timeout"] = options["read_timeout"], options["connect_timeout"]
    connection = pymysql.connect(**options)
    connection._read_timeout = seconds
    return connection


def _of(connection: "Connection[Any]", source: System) -> _Table:
    ((version, clock),) = _answered(connection, "SELECT version(), utc_timestamp(6)")
    limit = f"max_statement_time = {_SECONDS}"
    if "MariaDB" not in version:
        limit = f"max_execution_time = {_SECONDS * 1000}"
    for told in (
        f"SET SESSION {limit}, SESSION lock_wait_timeout = 30, time_zone = '+00:00'",
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ):
        _answered(connection, told)
    *schema, name = source.object.split(".")
    found = _answered(connection, _COLUMNS, (schema[0] if schema else None, name))
    if not found:
        raise SourceError(
            f"there is no table {source.object}, or the reader may not read it: "
            f"GRANT SELECT ON {source.object} TO …"
        )
    types = {column: _kind(kind, whole) for column, kind, whole in found}
    return _Table(
        source, types, dt.datetime.fromisoformat(clock).replace(tzinfo=dt.UTC), connection
    )


def _kind(kind: str, whole: str) -> str:
    """The type of a column; BOOLEAN is a number of one digit, and 64 bits may have no sign."""
    if whole == "tinyint(1)":
        return "boolean"
    return "unsigned" if kind == "bigint" and "unsigned" in whole else kind.lower()


def _answer(
    connection: "Connection[Any]", query: str, values: Sequence[object]
) -> Iterator[list[tuple[Any, ...]]]:
    """What a query gives, some rows at a time, of an empty table none.

    What is not asked for any more is not read.
    """
    from pymysql.cursors import SSCursor

    cursor = SSCursor(connection)
    cursor.execute(query, values or None)
    try:
        rows = None
        while rows is None or len(rows) == BATCH_ROWS:
            rows = list(cursor.fetchmany(BATCH_ROWS))
            yield rows
    finally:
        if result := cursor._result:
            result.unbuffered_active = False  # else its end reads all the rest


def _answered(
    connection: "Connection[Any]", query: str, values: Sequence[object] = ()
) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return rows


def said(error: Exception) -> str:
    """What went wrong, without the number of the error."""
    return str(error.args[-1] if error.args else error)


def _quoted(name: str) -> str:
    return "`{}`".format(name.replace("`", "``"))


def _table(source: System) -> str:
    return ".".join(map(_quoted, source.object.split(".")))
