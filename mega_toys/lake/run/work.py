"""One refresh of the lake: what every table's build shares."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.days import EVER, Span, few_spans, listed, spans
from mega_toys.declared.table import Bronze, Table
from mega_toys.lake.code.hashing import code_version
from mega_toys.lake.own.accounts import ACCEPTED, ACCOUNTS, DELETIONS, RECEIVED
from mega_toys.lake.own.files import FILES, dataset_of
from mega_toys.lake.store.note import Note
from mega_toys.lake.store.store import Store
from mega_toys.lake.store.tables import Stored

_CARRIED = (
    *("reads", "again", "ahead", "ingested_at"),
    *("failed", "warned", "grave", "unchecked", "beside"),
)
_MIXED = "+"  # ends the code of a table of whose rows other code has built some
_MOST_VALUES = 100_000  # that are looked up one by one; of more, a join is as fast
_ONE_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Work:
    """The lake, its tables and the bounds of one refresh."""

    store: Store
    catalog: Catalog
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    rows_at_once: int = 1_000_000
    memory_mb: int = 1000  # that the decoding of a file may take

    def stored(self, table: Table) -> Stored:
        """How a table lies in the lake."""
        return Stored(str(table.name), table.schema, table.day_column)

    def note(self, table: Table | None = None, **said: Any) -> Note:
        """A note of this run; a table's own carries on what was taken in and found.

        Its code stays that which built the oldest of its rows, until it is made anew; where other
        code takes in more, it is that of no code. What it writes is unchecked, until its checks
        have looked at it.
        """
        before = self.store.state(table.name) if table else None
        kept: dict[str, Any] = {n: getattr(before, n) for n in _CARRIED} if before else {}
        if table:
            changed = said.get("changed", True)
            kept["code"] = self._code(table, before, takes_in=changed or bool(said.get("reads")))
            if changed:
                kept["unchecked"] = _unchecked(table, before, said)
                kept["ahead"] = not isinstance(table, Bronze)
        return Note(run=self.run, batch=uuid.uuid4().hex[:12], **(kept | said))

    def to_be_checked(self, table: Table, days: Iterable[dt.date]) -> Note:
        """A note of a table of which no row changed on some days, but what its checks find may."""
        unchecked = _unchecked(table, self.store.state(table.name), {"days": days})
        return self.note(table, changed=False, unchecked=unchecked)

    def _code(self, table: Table, before: Note | None, *, takes_in: bool) -> str:
        """The version of the code that built the oldest rows, marked once other code took in more.

        That is the code of no version: whichever is asked, some of the rows are of another.
        """
        of_today = code_version(table, self.catalog)
        if before and (before.run if isinstance(table, Bronze) else before.reads and before.code):
            is_mixed = takes_in and before.code != of_today and not before.code.endswith(_MIXED)
            return f"{before.code}{_MIXED}" if is_mixed else before.code
        return of_today

    def scan_days(self, name: object, column: str, days: set[dt.date]) -> pl.LazyFrame:
        """The rows of some days of a table."""
        return self.store.scan(name).filter(in_spans(column, spans(days)))

    def stamp(self, bronze: Table) -> dt.datetime:
        """The instant of ingestion of a batch; later than all before, whatever the clock says."""
        state = self.store.state(bronze.name)
        seen = self.store.of_partition(FILES, dataset_of(bronze))
        before = [
            dt.datetime.fromisoformat(state.ingested_at) if state and state.ingested_at else None,
            seen.select(pl.col("ingested_at").max()).item(),
        ]
        last = max((at for at in before if at is not None), default=None)
        return max(self.now(), last + _ONE_MICROSECOND) if last else self.now()

    def now(self) -> dt.datetime:
        """This instant, UTC."""
        return dt.datetime.now(dt.UTC)


def _unchecked(table: Table, before: Note | None, said: dict[str, Any]) -> tuple[Span, ...]:
    """The days that no check has looked at, once those of a commit are written."""
    already = before.unchecked if before else ()
    if said.get("whole") or table.day_column is None or EVER in already:
        return (EVER,)
    return tuple(few_spans({*listed(already), *said.get("days", ())}))


def in_spans(column: str, found: list[Span]) -> pl.Expr:
    """Whether a day lies in one of the spans; a form that lets partitions be skipped."""
    return pl.any_horizontal(
        pl.lit(False), *(pl.col(column).is_between(first, last) for first, last in found)
    )


def among(column: str, values: pl.Series) -> pl.Expr:
    """Whether a column may have one of some values; of very many, whether it is in their range.

    A form that lets files be skipped by their least and largest value, and of the others the
    columns of rows that have none.
    """
    least, most = (pl.lit(end, values.dtype) for end in (values.min(), values.max()))
    near = pl.col(column).is_between(least, most)
    few = values.len() <= _MOST_VALUES
    return near & pl.col(column).is_in(values.unique().implode()) if few else near


def with_keys(rows: pl.LazyFrame, keys: pl.DataFrame) -> pl.LazyFrame:
    """The rows that have some keys, which are of the columns that tell them."""
    first = keys.columns[0]
    return rows.filter(among(first, keys[first])).join(keys.lazy(), on=keys.columns, how="semi")


def system_tables() -> tuple[Stored, ...]:
    """The lake's own tables that the builds keep."""
    return (ACCOUNTS, RECEIVED, ACCEPTED, DELETIONS)
