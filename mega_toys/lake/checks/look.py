"""What a check is given to look at: a table, the days to look at, the table's log."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

import polars as pl

from mega_toys.declared.days import EVER, Span, chunks, listed, spans, within
from mega_toys.declared.extents import Days, Until
from mega_toys.declared.table import ByDay, Table, WholeTable
from mega_toys.lake.news.stale import moved
from mega_toys.lake.own import accounts
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work, in_spans, with_keys
from mega_toys.lake.store.note import Findings, Note

Counts = dict[dt.date, int]
_CENTURY = dt.timedelta(days=36_525)
_CHEAP = 100_000  # rows that are looked at again though nothing touched them


@dataclass(frozen=True)
class Look:
    """One table after a run."""

    table: Table
    outcome: Outcome
    work: Work
    checks: frozenset[str] = frozenset()  # that the table has
    everything: bool = False
    inputs: dict[object, pl.LazyFrame] = field(default_factory=dict)  # scanned once for all checks

    @cached_property
    def days(self) -> set[dt.date]:
        """The days that were built, whether or not their rows changed, or that were left.

        By a run that ended before its checks, or by a check that the table has no longer: it may
        have another name now.
        """
        left = (EVER,) if self.everything else (*self._before.unchecked, *chain(*self._renamed))
        return self.outcome.days | self.outcome.unchanged | self._listed(left)

    def keys(self, check: str) -> pl.DataFrame | None:
        """The keys whose rows may be others than a check has seen; none where those of any may."""
        is_known = not (self.everything or check in self._failed or self._renamed)
        return self.outcome.keys if is_known else None

    def new_rows(
        self, check: str, days: set[dt.date], by: Sequence[str] | None = None
    ) -> pl.LazyFrame:
        """The rows of some days that a check has not seen as they are: of new keys, or parts."""
        keys = self.keys(check)
        if keys is None:
            return self.rows(days)
        return with_keys(self.rows(days), keys.select(by or keys.columns))

    @cached_property
    def _renamed(self) -> list[tuple[Span, ...]]:
        """The days on which checks failed that the table has no longer."""
        return [days for name, days in self._failed.items() if name not in self.checks]

    @cached_property
    def touched(self) -> bool:
        """Whether the run had anything to do."""
        built = self.outcome.days or self.outcome.unchanged
        return bool(built or self.outcome.touched or self.outcome.changed)

    def again(self, check: str, *, blocks: bool) -> set[dt.date]:
        """The other days on which a check failed before, where they are to be looked at again.

        Those of a check that blocks are; of another one, where these days have few rows.
        """
        days = self._failed_before(check) - self.days
        few = sum(self._read_by_day.get(day, 0) for day in days) <= _CHEAP
        return days if blocks or few else set()

    def left(self, check: str, *, blocks: bool) -> set[dt.date]:
        """The days on which a check failed before, and that it does not look at now."""
        return self._failed_before(check) - self.days - self.again(check, blocks=blocks)

    def _failed_before(self, check: str) -> set[dt.date]:
        return self._listed(self._failed.get(check, ()))

    @property
    def _failed(self) -> Findings:
        return {**self._before.warned, **self._before.failed}

    def _listed(self, found: Iterable[Span]) -> set[dt.date]:
        """The days of some spans; of very long ones those that the table has, or should have."""
        if self.table.day_column is None:
            return set()
        long = [span for span in found if span[1] - span[0] > _CENTURY]
        short = [span for span in found if span not in long]
        return {*listed(short), *(within(self._expected_by_day, long) if long else ())}

    @cached_property
    def _before(self) -> Note:
        """The table's newest note."""
        return self.work.store.state(self.table.name) or Note(run="", batch="")

    @cached_property
    def log(self) -> pl.DataFrame:
        """The files of the table, as its log describes them: rows, nulls, day."""
        return self.work.store.files(self.table.name)

    @cached_property
    def rows_by_day(self) -> Counts:
        """Rows of each day of the table; from the log."""
        if self.table.day_column is None or self.log.is_empty():
            return {}
        day = f"partition.{self.table.day_column}"
        return dict(self.log.group_by(day).agg(pl.col("num_records").sum()).rows())

    @cached_property
    def height(self) -> int:
        """Rows of the table; from the log."""
        return 0 if self.log.is_empty() else int(self.log["num_records"].sum())

    @cached_property
    def accounts(self) -> pl.DataFrame:
        """The accounts of the table."""
        return self.work.store.of_partition(accounts.ACCOUNTS, str(self.table.name))

    @cached_property
    def scan(self) -> pl.LazyFrame:
        """The table as it is."""
        return self.work.store.scan(self.table.name)

    @cached_property
    def schema(self) -> pl.Schema:
        """The columns of the table in the lake."""
        return self.work.store.schema(self.table.name) or pl.Schema()

    @cached_property
    def other_columns(self) -> list[str]:
        """The declared columns that the lake lacks, or has in another type."""
        declared = self.table.schema
        return [name for name in declared if self.schema.get(name) != declared[name]]

    def parts(self, days: set[dt.date]) -> Iterator[set[dt.date]]:
        """Some days, a bounded number of rows at a time; no day is the whole table."""
        if self.table.day_column:
            yield from map(set, chunks(days, self._read_by_day, self.work.rows_at_once))
        elif isinstance(self.table, WholeTable) or self.touched or self._is_left:
            yield set()

    @property
    def _is_left(self) -> bool:
        """Whether there is anything to look at though nothing was touched."""
        before = self._before
        return bool(self.everything or before.unchecked or self._failed)

    def files(self, days: set[dt.date]) -> pl.DataFrame:
        """The files of some days, as the log describes them."""
        if self.table.day_column is None or self.log.is_empty():
            return self.log
        return self.log.filter(pl.col(f"partition.{self.table.day_column}").is_in(list(days)))

    def rows(self, days: set[dt.date]) -> pl.LazyFrame:
        """The rows of some of the days; all rows of a table without days."""
        column = self.table.day_column
        return self.scan.filter(in_spans(column, spans(days))) if column else self.scan

    @property
    def _expected_by_day(self) -> Counts:
        """The days that the table has; and, once it has taken in all there is, its inputs have."""
        return self.rows_by_day if moved(self.table, self.work) else self._read_by_day

    @cached_property
    def _read_by_day(self) -> Counts:
        """Rows of the table and of what it reads of the same days."""
        counted = dict(self.rows_by_day)
        if isinstance(self.table, ByDay):
            for name, extent in self.table.reads.items():
                if isinstance(extent, (Days, Until)):
                    stored = self.work.stored(self.work.catalog[name])
                    for day, rows in self.work.store.rows_by_day(stored).items():
                        counted[day] = counted.get(day, 0) + rows
        return counted
