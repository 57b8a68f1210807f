"""PostgreSQL, and what speaks its protocol, by ADBC."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

import polars as pl

from mega_toys.address import Address
from mega_toys.declared.errors import SourceError, UnreachableError
from mega_toys.declared.source import Mark as ByMark
from mega_toys.declared.source import System
from mega_toys.sources.batches import MARK
from mega_toys.sources.landed import Mark
from mega_toys.sources.local_times import REPEATED
from mega_toys.sources.postgres_session import Session, session
from mega_toys.sources.relational import FIRST, LAST, Range, Relation
from mega_toys.sources.waiting import Waiting

RANGE_ROWS = 240_000  # about so many that are read at once: a landing file
_AS_THEY_ARE = {"int2", "int4", "int8", "float8", "bool", "text", "varchar", "bpchar", "name"}
_INEXACT = {
    "money": "its text depends on the server's locale; select it as numeric in a view",
    "interval": "a month has no length; select it as a number in a view",
}
_SPREAD = """
SELECT b::text AS mark, row_number() OVER (ORDER BY b) AS at,
       c.reltuples::float8 / cardinality(s.histogram_bounds::text::text[]) AS apart
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = $2,
LATERAL unnest(s.histogram_bounds::text::{kind}[]) b
WHERE c.oid = to_regclass($1)::oid AND EXISTS (
    SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND a.attname = $2)
"""
_COLUMNS = """
SELECT a.attname::text AS name, coalesce(b.typname, t.typname)::text AS type,
       coalesce(b.typcategory, t.typcategory)::text AS category, now() AS until
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
WHERE a.attrelid = to_regclass($1)::oid AND a.attnum > 0 AND NOT a.attisdropped
  AND has_column_privilege(a.attrelid, a.attnum, 'SELECT')
ORDER BY a.attnum
"""


@dataclass(frozen=True)
class _Table(Relation):
    """A table of PostgreSQL."""

    numbers = frozenset({"int2", "int4", "int8"})
    instants = frozenset({"timestamptz", "timestamp", "date"})

    session: Session
    address: Address
    above: str | None = None  # of the marks of its range
    up_to: str | None = None

    def rows(self, where: str = "", *also: str) -> Iterator[pl.DataFrame]:
        """The rows as they land, some at a time."""
        columns = [f"{self._read(name)} AS {_quoted(name)}" for name in self.types]
        made = f"SELECT {', '.join([*columns, *also])} FROM {_table(self.source)}"  # noqa: S608
        yield from self.session.answer(f"{made} {where}")  # names are declared, values are bound

    def by_mark(self, mark: ByMark, since: Mark | None) -> Iterator[pl.DataFrame]:
        """The rows with marks from one on, and those without, in the order of their marks."""
        column, kind, wanted = _quoted(mark.column), self.types[mark.column], []
        if since is not None:
            from_it = f"{column} >= {self._bound(mark, self._told('since', since))}"
            old = "" if self.is_number(mark) else f" OR {column} < {FIRST}"
            wanted.append(f"({from_it} OR {column} IS NULL{old})")
        if self.above is not None:
            last = f" OR {column} IS NULL" if self.up_to is None else ""
            wanted.append(f"({column} > {self._told('above', self.above)}::{kind}{last})")
        if self.up_to is not None:
            wanted.append(f"{column} <= {self._told('up_to', self.up_to)}::{kind}")
        where = f"WHERE {' AND '.join(wanted)} " if wanted else ""
        yield from self.rows(f"{where}ORDER BY {column}", f"{self._mark(mark)} AS {MARK}")

    def _told(self, name: str, value: object) -> str:
        """The expression for a value that the session is told apart from the query."""
        self.session.answered("SELECT set_config($1, $2, true)", f"mega_toys.{name}", str(value))
        return f"current_setting('mega_toys.{name}')"

    def readers(self, mark: ByMark, since: Mark | None) -> list[Generator[Range, None, None]]:
        """Two, of a large table of whose marks the server knows the spread: every other range."""
        bounds = self._bounds(mark, since)
        if len(bounds) < 2:
            return super().readers(mark, since)
        beside = ExitStack()
        try:
            another = beside.enter_context(session(self.address))
        except UnreachableError:  # no more connections for this reader
            return super().readers(mark, since)
        edges = pairwise([None, *bounds, None])
        ranges = [replace(self, above=above, up_to=up_to) for above, up_to in edges]
        (snapshot,) = self.session.answered("SELECT pg_export_snapshot()").row(0)
        another.run(f"SET TRANSACTION SNAPSHOT {_literal(snapshot)}")
        others = [replace(one, session=another) for one in ranges[1::2]]
        return [
            _ranges(ranges[::2], mark, since, ExitStack()), _ranges(others, mark, since, beside)
        ]  # fmt: skip

    def _bounds(self, mark: ByMark, since: Mark | None) -> list[str]:
        """Marks that part the rows into ranges of about as many, as the server last counted them.

        None of few rows, nor where no index would find a range.
        """
        if self.address.scheme == "cockroachdb":  # shares no snapshots
            return []
        asked = _SPREAD.format(kind=self.types[mark.column])
        if since is not None:
            asked += f"AND b > {self._bound(mark, self._told('since', since))}"
        told = self.session.answered(asked, _table(self.source), mark.column)
        marks = told.unique("mark").sort("at")
        rows_apart: float = max([1.0, *marks["apart"]])
        each = ceil(RANGE_ROWS / rows_apart)
        return marks["mark"][each:-1:each].to_list()

    def counted(self, mark: ByMark) -> Waiting:
        """How many rows there are, and the lowest mark."""
        for name in self.types:
            self._read(name)  # what a pull would refuse
        made = f"SELECT count(*) AS rows, min({self._mark(mark)}) AS oldest"
        found = self.session.answered(f"{made} FROM {_table(self.source)}").row(0, named=True)
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


def _ranges(
    ranges: list[_Table], mark: ByMark, since: Mark | None, beside: ExitStack
) -> Generator[Range, None, None]:
    """Ranges that a session reads, which ends with them."""
    with beside:
        for one in ranges:
            yield Range(one.by_mark(mark, since), is_last=one.up_to is None)


@contextmanager
def opened(source: System, address: Address) -> Iterator[_Table]:
    """The table, in a transaction that only reads. SourceError where anything refuses."""
    with session(address) as opened:
        yield _of(opened, source, address)


def _of(session: Session, source: System, address: Address) -> _Table:
    found = session.answered(_COLUMNS, _table(source))
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
    return _Table(source, types, found["until"][0], session, address)


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def _table(source: System) -> str:
    return ".".join(map(_quoted, source.object.split(".")))


def _literal(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))
