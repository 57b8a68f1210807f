"""PostgreSQL, and what speaks its protocol, by ADBC."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import polars as pl
from arro3.core import RecordBatchReader

from mega_toys.declared import source as declared
from mega_toys.declared.address import Address
from mega_toys.declared.errors import SourceError, UnreachableError
from mega_toys.declared.source import System
from mega_toys.sources.batches import MARK, by_mark, whole
from mega_toys.sources.landed import Landed, Mark, NewFile
from mega_toys.sources.waiting import Waiting, waiting_in

if TYPE_CHECKING:
    from adbc_driver_manager import dbapi

EXTRA = "postgres"
BATCH_BYTES, _BATCH = 8 << 20, "adbc.postgresql.batch_size_hint_bytes"
_AS_THEY_ARE = {"int2", "int4", "int8", "float8", "bool", "text", "varchar", "bpchar", "name"}
_INEXACT = {
    "money": "its text depends on the server's locale; select it as numeric in a view",
    "interval": "a month has no length; select it as a number in a view",
}
_FIRST, _LAST = "'0001-01-01'", "'9999-12-31'"  # days that a mark can have
_CONNECTING = {
    "connect_timeout": "10",
    "tcp_user_timeout": "60000",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
_SESSION = (
    "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read "
    "-c timezone=UTC -c datestyle=ISO -c extra_float_digits=1 -c statement_timeout=1h "
    "-c lock_timeout=30s -c idle_in_transaction_session_timeout=10min"
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


def pull(source: System, address: Address, landed: Landed) -> Iterator[NewFile]:
    """The landing files of what is new, in one snapshot, oldest marks first."""
    with _opened(source, address) as table:
        if isinstance(source.new, declared.Export):
            yield from whole(table.rows(""), landed)
        elif source.new:
            since = landed.since(table.clock, source.new.overlap)
            yield from by_mark(
                table.by_mark(source.new, since), landed, since, table.until(source.new)
            )


def pending(source: System, address: Address, landed: Landed) -> Waiting:
    """What a pull would bring; nothing lands. Of what was never pulled, as the server counts."""
    with _opened(source, address) as table:
        if isinstance(source.new, declared.Mark) and landed.until is None:
            return table.counted(source.new)
    return waiting_in(pull(source, address, landed), landed.until)


@dataclass(frozen=True)
class _Table:
    """A table in a transaction: the types of its columns by name, and when that began."""

    cursor: "dbapi.Cursor"
    source: System
    types: dict[str, str]
    clock: dt.datetime

    def rows(self, where: str, *also: str) -> Iterator[pl.DataFrame]:
        """The rows as they land, some at a time."""
        columns = [f"{self._read(name)} AS {_quoted(name)}" for name in self.types]
        made = f"SELECT {', '.join([*columns, *also])} FROM {_table(self.source)}"  # noqa: S608
        yield from _answer(self.cursor, f"{made} {where}")  # names are declared, values are bound

    def by_mark(self, mark: declared.Mark, since: Mark | None) -> Iterator[pl.DataFrame]:
        """The rows with marks from one on, and those without, in the order of their marks."""
        column, where = _quoted(mark.column), ""
        if since is not None:
            _answered(self.cursor, "SELECT set_config('mega_toys.since', $1, true)", str(since))
            told = "current_setting('mega_toys.since')"
            where = f"WHERE ({column} >= {self._bound(mark, told)} OR {column} IS NULL"
            where += ")" if self._is_number(mark) else f" OR {column} < {_FIRST})"
        marks = f"{self._mark(mark)} AS {MARK}"
        yield from self.rows(f"{where} ORDER BY {column}", marks)

    def counted(self, mark: declared.Mark) -> Waiting:
        """How many rows there are, and the lowest mark."""
        for name in self.types:
            self._read(name)  # what a pull would refuse
        made = f"SELECT count(*) AS rows, min({self._mark(mark)}) AS oldest"
        found = _answered(self.cursor, f"{made} FROM {_table(self.source)}").row(0, named=True)
        return Waiting(found["rows"], oldest=found["oldest"])

    def until(self, mark: declared.Mark) -> dt.datetime | None:
        """The instant up to which marks can be; none of numbers."""
        return None if self._is_number(mark) else self.clock

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
        if self.source.zone is None:
            raise SourceError(
                f"column `{name}` has local times (timestamp without time zone): declare their "
                'zone, as System(…, zone="Europe/Berlin")'
            )
        return f"{_quoted(name)} AT TIME ZONE {_literal(self.source.zone)}"

    def _is_number(self, mark: declared.Mark) -> bool:
        """Whether marks are numbers, and no instants. Raises SourceError where they are neither."""
        kind = self.types.get(mark.column)
        if kind is None:
            raise SourceError(f"there is no column `{mark.column}`, which is to mark what is new")
        is_number = kind in ("int2", "int4", "int8")
        if not (is_number or kind in ("timestamptz", "timestamp", "date")):
            raise SourceError(
                f"column `{mark.column}` is of type {kind}, and what marks what is new is an "
                "instant, a day or a whole number"
            )
        if is_number != isinstance(mark.overlap, int):
            shown = "overlap=1000" if is_number else "overlap=dt.timedelta(minutes=10)"
            raise SourceError(
                f"column `{mark.column}` is of type {kind}: declare an overlap in its unit, as "
                f'Mark("{mark.column}", {shown})'
            )
        return is_number

    def _mark(self, mark: declared.Mark) -> str:
        """The expression for the mark of a row; null where it is infinite or of no calendar."""
        column = _quoted(mark.column)
        if self._is_number(mark):
            return f"{column}::int8"
        kind, instant = self.types[mark.column], column
        if kind == "timestamp":
            instant = self._instant(mark.column)
        if kind == "date":
            instant = f"{column}::timestamp AT TIME ZONE 'UTC'"
        return f"CASE WHEN {column} BETWEEN {_FIRST} AND {_LAST} THEN {instant} END"

    def _bound(self, mark: declared.Mark, told: str) -> str:
        """The expression for a mark in the type of the column, so that an index will do."""
        kind = self.types[mark.column]
        if kind == "timestamp":
            return f"({told}::timestamptz AT TIME ZONE {_literal(self.source.zone or 'UTC')})"
        return f"({told}::timestamptz)::date" if kind == "date" else f"{told}::{kind}"


@contextmanager
def _opened(source: System, address: Address) -> Iterator[_Table]:
    """The table, in a transaction that only reads. SourceError where anything refuses."""
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise SourceError(
            f"the driver of {address.kind} is missing: pip install 'mega_toys[{EXTRA}]'"
        ) from None
    try:
        connection = dbapi.connect(_uri(address))
    except dbapi.Error as error:
        raise UnreachableError(address.without_secrets(_said(str(error)))) from None
    try:
        with closing(connection), closing(connection.cursor()) as cursor:
            yield _of(cursor, source)
    except (dbapi.Error, _BrokenOffError) as error:
        raise SourceError(address.without_secrets(_said(str(error)))) from None


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
    return _Table(cursor, source, types, found["until"][0])


def _answer(cursor: "dbapi.Cursor", query: str, *values: str) -> Iterator[pl.DataFrame]:
    """What a query gives, as it comes."""
    cursor.adbc_statement.set_options(**{_BATCH: str(BATCH_BYTES)})
    cursor.execute(query, values or None)
    try:
        for batch in RecordBatchReader.from_stream(cursor.fetch_arrow()):
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


def _said(text: str) -> str:
    """What went wrong, without the query and what a server adds to its first sentence."""
    return _REST.sub("", _NOISE.sub("", text)).removeprefix("ERROR:").strip()


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def _table(source: System) -> str:
    return ".".join(map(_quoted, source.object.split(".")))


def _literal(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))
