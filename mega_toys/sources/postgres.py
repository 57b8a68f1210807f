"""PostgreSQL, and what speaks its protocol, by ADBC."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import polars as pl
from arro3.core import RecordBatchReader

from mega_toys.address import Address
from mega_toys.declared.errors import DriverMissingError, SourceError, UnreachableError
from mega_toys.declared.source import Mark as ByMark
from mega_toys.declared.source import System
from mega_toys.sources.batches import MARK
from mega_toys.sources.landed import Mark
from mega_toys.sources.local_times import REPEATED
from mega_toys.sources.relational import FIRST, LAST, Relation
from mega_toys.sources.waiting import Waiting

if TYPE_CHECKING:
    from adbc_driver_manager import dbapi

EXTRA = "postgres"
BATCH_BYTES, _BATCH = 8 << 20, "adbc.postgresql.batch_size_hint_bytes"
_AS_THEY_ARE = {"int2", "int4", "int8", "float8", "bool", "text", "varchar", "bpchar", "name"}
_INEXACT = {
    "money": "its text depends on the server's locale; select it as numeric in a view",
    "interval": "a month has no length; select it as a number in a view",
}
_CONNECTING = {
    "connect_timeout": "10",
    "tcp_user_timeout": "60000",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
_SESSION = (
    "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read "
    "-c client_encoding=UTF8 -c timezone=UTC -c datestyle=ISO -c extra_float_digits=1 "
    "-c statement_timeout=1h -c lock_timeout=30s -c idle_in_transaction_session_timeout=10min"
)
_COLUMNS = """
SELECT a.attname::text AS name, coalesce(b.typname, t.typname)::text AS type,
       coalesce(b.typcategory, t.typcategory)::text AS category, now() AS until
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
WHERE a.attrelid = to_regclass($1)::oid AND a.attnum > 0 AND NOT a.attisdropped
  AND has_column_privilege(a.attrelid, a.attnum, 'SELECT')
ORDER BY a.attnum
"""
_NOISE = re.compile(
    r"^.*?\[libpq\] (?:Failed to connect: )?|^[A-Z_]+: (?:Failed to prepare query: )?"
)
_REST = re.compile(
    r"\s*(?:Is the server running|LINE \d+:|DETAIL:|HINT:|CONTEXT:|Query was:|\. SQLSTATE).*",
    re.DOTALL,
)


@dataclass(frozen=True)
class _Table(Relation):
    """A table of PostgreSQL."""

    numbers = frozenset({"int2", "int4", "int8"})
    instants = frozenset({"timestamptz", "timestamp", "date"})

    cursor: "dbapi.Cursor"

    def rows(self, where: str = "", *also: str) -> Iterator[pl.DataFrame]:
        """The rows as they land, some at a time."""
        columns = [f"{self._read(name)} AS {_quoted(name)}" for name in self.types]
        made = f"SELECT {', '.join([*columns, *also])} FROM {_table(self.source)}"  # noqa: S608
        yield from _answer(self.cursor, f"{made} {where}")  # names are declared, values are bound

    def by_mark(self, mark: ByMark, since: Mark | None) -> Iterator[pl.DataFrame]:
        """The rows with marks from one on, and those without, in the order of their marks."""
        column, where = _quoted(mark.column), ""
        if since is not None:
            _answered(self.cursor, "SELECT set_config('mega_toys.since', $1, true)", str(since))
            told = "current_setting('mega_toys.since')"
            where = f"WHERE ({column} >= {self._bound(mark, told)} OR {column} IS NULL"
            where += ")" if self.is_number(mark) else f" OR {column} < {FIRST})"
        yield from self.rows(f"{where} ORDER BY {column}", f"{self._mark(mark)} AS {MARK}")

    def counted(self, mark: ByMark) -> Waiting:
        """How many rows there are, and the lowest mark."""
        for name in self.types:
            self._read(name)  # what a pull would refuse
        made = f"SELECT count(*) AS rows, min({self._mark(mark)}) AS oldest"
        found = _answered(self.cursor, f"{made} FROM {_table(self.source)}").row(0, named=True)
        return Waiting(found["rows"], oldest=found["oldest"])

    def _read(self, name: str) -> str:
        """The expression that reads a column exactly, as a type of Polars or as text."""
        kind, column = self.types[name], _quoted(name)
        if why := _INEXACT.get(kind.removeprefix("_")):
            raise SourceError(f"column `{name}` is of type {kind.removeprefix('_')}: {why}")
        if kind in _AS_THEY_ARE:
            return f"{column}::{kind}"
        if kind == "timestamp":
            return f"({self._instant(name)})::text"
        if kind == "bytea":
            return f"translate(encode({column}, 'base64'), E'\\n', '')"
        return f"to_jsonb({column})::text" if kind.startswith(("_", "(")) else f"{column}::text"

    def _instant(self, name: str) -> str:
        """The instant of a local time."""
        return f"{_quoted(name)} AT TIME ZONE {_literal(self.zone_of(name))}"

    def _mark(self, mark: ByMark) -> str:
        """The expression for the mark of a row; null where it is infinite or of no calendar."""
        column = _quoted(mark.column)
        if self.is_number(mark):
            return f"{column}::int8"
        kind, instant = self.types[mark.column], column
        if kind == "timestamp":
            instant = self._instant(mark.column)
        if kind == "date":
            instant = f"{column}::timestamp AT TIME ZONE 'UTC'"
        return f"CASE WHEN {column} BETWEEN {FIRST} AND {LAST} THEN {instant} END"

    def _bound(self, mark: ByMark, told: str) -> str:
        """The expression for a mark in the type of the column, so that an index will do.

        Of local times an hour earlier: one is told twice where summer time ends.
        """
        kind = self.types[mark.column]
        if kind == "timestamp":
            local = f"{told}::timestamptz AT TIME ZONE {_literal(self.zone_of(mark.column))}"
            return f"({local} - interval '{REPEATED.total_seconds():.0f} s')"
        return f"({told}::timestamptz)::date" if kind == "date" else f"{told}::{kind}"


@contextmanager
def opened(source: System, address: Address) -> Iterator[_Table]:
    """The table, in a transaction that only reads. SourceError where anything refuses."""
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise DriverMissingError(address.kind, EXTRA) from None
    try:
        connection = dbapi.connect(_uri(address))
    except dbapi.Error as error:
        raise UnreachableError(address.without_secrets(said(str(error)))) from None
    try:
        with closing(connection), closing(connection.cursor()) as cursor:
            yield _of(cursor, source)
    except (dbapi.Error, _BrokenOffError) as error:
        raise SourceError(address.without_secrets(said(str(error)))) from None


class _BrokenOffError(Exception):
    """The rows of a query end before its end."""


def _of(cursor: "dbapi.Cursor", source: System) -> _Table:
    found = _answered(cursor, _COLUMNS, _table(source))
    if found.is_empty():
        raise SourceError(
            f"there is no table {source.object}, or the reader may not read it: "
            f"GRANT SELECT ON {source.object} TO …"
        )
    kinds = (
        f"({kind})" if category == "C" else kind
        for kind, category in found.select("type", "category").iter_rows()
    )
    types = dict(zip(found["name"], kinds, strict=True))
    return _Table(source, types, found["until"][0], cursor)


def _answer(cursor: "dbapi.Cursor", query: str, *values: str) -> Iterator[pl.DataFrame]:
    """What a query gives, as it comes; first its columns, which are all where it has no rows."""
    cursor.adbc_statement.set_options(**{_BATCH: str(BATCH_BYTES)})
    cursor.execute(query, values or None)
    try:
        batches = RecordBatchReader.from_stream(cursor.fetch_arrow())
        yield pl.DataFrame(batches.schema.empty_table())
        for batch in batches:
            yield pl.DataFrame(batch)
    except Exception as error:  # of whatever kind it is
        raise _BrokenOffError(str(error)) from error


def _answered(cursor: "dbapi.Cursor", query: str, *values: str) -> pl.DataFrame:
    cursor.execute(query, values or None)
    return pl.DataFrame(RecordBatchReader.from_stream(cursor.fetch_arrow()).read_all())


def _uri(address: Address) -> str:
    """The address for libpq, with our time-outs where it tells none, and a session that reads."""
    parts = urlsplit(address.with_password("postgresql"))
    told = dict(parse_qsl(parts.query))
    options = {**_CONNECTING, **told, "options": f"{_SESSION} {told.get('options', '')}".strip()}
    return parts._replace(query=urlencode(options, quote_via=quote)).geturl()


def said(text: str) -> str:
    """What went wrong, without the query and what a server adds to its first sentence."""
    return _REST.sub("", _NOISE.sub("", text)).removeprefix("ERROR:").strip()


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def _table(source: System) -> str:
    return ".".join(map(_quoted, source.object.split(".")))


def _literal(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))
