"""SQL Server and Azure SQL, by mssql-python.

What Arrow would have less exactly, or the driver's buffers, comes as the server's text.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl

from mega_toys.address import Address
from mega_toys.declared.errors import SourceError
from mega_toys.declared.source import Mark as ByMark
from mega_toys.declared.source import System
from mega_toys.sources.batches import MARK
from mega_toys.sources.landed import Mark
from mega_toys.sources.local_times import LAYOUT, UTC, as_instants, local_bound, utc_bound
from mega_toys.sources.mssql_session import Session, session
from mega_toys.sources.relational import Relation
from mega_toys.sources.waiting import Waiting

_LOCAL = frozenset({"datetime2", "datetime", "smalldatetime"})
_WHOLE = frozenset({"tinyint", "smallint", "int", "bigint", "timestamp"})  # the last: rowversion
_BYTES = frozenset({"binary", "varbinary", "image"})
_READ: Mapping[str, str] = {
    **dict.fromkeys(_WHOLE, "CAST({} AS bigint)"),
    **dict.fromkeys(("bit", "float", "binary", "varbinary"), "{}"),
    **dict.fromkeys(("char", "varchar", "nchar", "nvarchar"), "{}"),
    **dict.fromkeys(("text", "ntext", "xml", "json"), "CONVERT(nvarchar(max), {})"),
    **dict.fromkeys(("decimal", "numeric"), "CONVERT(varchar(41), {})"),
    **dict.fromkeys(_LOCAL, "CONVERT(varchar(27), {}, 121)"),
    "datetimeoffset": "CONVERT(varchar(34), {}, 121)",
    "date": "CONVERT(varchar(10), {}, 23)",
    "time": "CONVERT(varchar(16), {}, 121)",
    "real": "CAST({} AS float)",
    "uniqueidentifier": "CONVERT(char(36), {})",
    "image": "CONVERT(varbinary(max), {})",
}
_INSTANT = "CONVERT(datetime2(7), ?, 121)"
_BOUNDS: Mapping[str, str] = {
    **dict.fromkeys(_WHOLE, "CAST(? AS bigint)"),
    **dict.fromkeys(_LOCAL, _INSTANT),
    "timestamp": "CAST(CAST(? AS bigint) AS binary(8))",
    "datetimeoffset": f"CAST({_INSTANT} AS datetimeoffset(7))",
    "date": "CONVERT(date, ?, 23)",
}  # the value of a mark, so that an index on the column will do
_STATE = """
SELECT CONVERT(varchar(27), SYSUTCDATETIME(), 121) AS clock, snapshot_isolation_state AS snapshot
FROM sys.databases WHERE database_id = DB_ID()
"""
_COLUMNS = """
SELECT c.name AS name, COALESCE(b.name, t.name) AS kind
FROM sys.columns c JOIN sys.types t ON t.user_type_id = c.user_type_id
LEFT JOIN sys.types b ON b.user_type_id = c.system_type_id
WHERE c.object_id = OBJECT_ID(?) AND HAS_PERMS_BY_NAME(?, 'OBJECT', 'SELECT', c.name, 'COLUMN') = 1
ORDER BY c.column_id
"""


@dataclass(frozen=True)
class _Table(Relation):
    """A table of SQL Server."""

    numbers = _WHOLE
    instants = _LOCAL | {"datetimeoffset", "date"}

    session: Session

    def rows(self) -> Iterator[pl.DataFrame]:
        """All rows as they land, some at a time."""
        return self._rows("")

    def by_mark(self, mark: ByMark, since: Mark | None) -> Iterator[pl.DataFrame]:
        """The rows with marks from one on, and those without, in the order of their marks."""
        column, where, values = _quoted(mark.column), "", []
        if since is not None:
            values = [self._bound(mark, since)]
            where = f"WHERE {column} >= {_BOUNDS[self.types[mark.column]]} OR {column} IS NULL "
        for rows in self._rows(f"{where}ORDER BY {column}", *values):
            yield rows.with_columns(self._mark(mark).alias(MARK))

    def counted(self, mark: ByMark) -> Waiting:
        """How many rows there are, and the lowest mark."""
        for name in self.types:
            self._read(name)  # what a pull would refuse
        column = _quoted(mark.column)
        kind, oldest = _READ[self.types[mark.column]], f"MIN({column})"
        lowest = f"MIN({kind.format(column)})" if self.is_number(mark) else kind.format(oldest)
        query = f"SELECT COUNT_BIG(*) AS counted, {lowest} AS {column} FROM {_table(self.source)}"  # noqa: S608
        (told,) = self.session.answer(query)
        landed = told.with_columns(self._as_it_lands(mark.column))
        return Waiting(told["counted"][0], oldest=landed.select(self._mark(mark)).item())

    def _rows(self, rest: str, *values: object) -> Iterator[pl.DataFrame]:
        columns = ", ".join(f"{self._read(name)} AS {_quoted(name)}" for name in self.types)
        query = f"SELECT {columns} FROM {_table(self.source)} {rest}"  # noqa: S608  # names are ours
        for rows in self.session.answer(query.rstrip(), *values):
            yield rows.with_columns(self._as_it_lands(name) for name in self.types)

    def _read(self, name: str) -> str:
        """The expression that reads a column exactly."""
        kind = self.types[name]
        if kind in _LOCAL:
            self.zone_of(name)
        if kind not in _READ:
            money = "a decimal" if "money" in kind else "a text or a number"
            raise SourceError(f"column `{name}` is of type {kind}: select it as {money} in a view")
        return _READ[kind].format(_quoted(name))

    def _as_it_lands(self, name: str) -> pl.Expr:
        """A column that was read: local times as instants, bytes as base64."""
        kind, column = self.types[name], pl.col(name)
        if kind in _LOCAL:
            return as_instants(column, self.zone_of(name)).alias(name)
        return column.bin.encode("base64") if kind in _BYTES else column

    def _mark(self, mark: ByMark) -> pl.Expr:
        """The mark of a row as it lands."""
        kind, column = self.types[mark.column], pl.col(mark.column)
        if kind in _WHOLE:
            return column
        if kind == "datetimeoffset":
            return column.str.to_datetime(
                f"{LAYOUT} %:z", time_unit="us", time_zone="UTC", strict=False
            )
        layout = "%Y-%m-%d" if kind == "date" else LAYOUT
        told = column.str.strip_suffix(UTC).str.to_datetime(layout, time_unit="us", strict=False)
        return told.dt.replace_time_zone("UTC")

    def _bound(self, mark: ByMark, since: Mark) -> object:
        """A mark as a parameter: a number, none below nought of rowversions, or a text."""
        kind = self.types[mark.column]
        if not isinstance(since, dt.datetime):
            return max(since, 0) if kind == "timestamp" else since
        if kind in _LOCAL:
            return str(local_bound(since, self.zone_of(mark.column)))
        at = utc_bound(since)
        return str(at.date()) if kind == "date" else str(at)


@contextmanager
def opened(source: System, address: Address) -> Iterator[_Table]:
    """The table, by a session that only reads. SourceError where anything refuses."""
    with session(address) as opened:
        yield _of(opened, source)


def _of(session: Session, source: System) -> _Table:
    parts = source.object.split(".")
    if len(parts) > 2:
        raise SourceError(f"{source.object} names a database: say that in the address")
    session.run("SET NOCOUNT ON; SET LOCK_TIMEOUT 30000")
    state = session.answered(_STATE).row(0, named=True)
    table = _table(source)
    columns = session.answered(_COLUMNS, table, table)
    if columns.is_empty():
        raise SourceError(
            f"there is no table {source.object}, or the reader may not read it: "
            f"GRANT SELECT ON {source.object} TO …"
        )
    if state["snapshot"] == 1:
        session.run("SET TRANSACTION ISOLATION LEVEL SNAPSHOT")
    clock = dt.datetime.fromisoformat(state["clock"]).replace(tzinfo=dt.UTC)
    return _Table(source, dict(columns.iter_rows()), clock, session)


def _quoted(name: str) -> str:
    return "[{}]".format(name.replace("]", "]]"))


def _table(source: System) -> str:
    return ".".join(map(_quoted, source.object.split(".")))
