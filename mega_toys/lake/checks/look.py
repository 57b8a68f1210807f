"""What a check is given to look at: a table, the days that a run touched, the table's log."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl
from deltalake import DeltaTable

from mega_toys.lake import accounts
from mega_toys.lake.days import chunks, spans
from mega_toys.lake.table import Days, Kind, Table, Until
from mega_toys.lake.work import Outcome, Work, in_spans

Counts = dict[dt.date, int]


@dataclass(frozen=True)
class Look:
    """One table after a run."""

    table: Table
    outcome: Outcome
    work: Work
    inputs: dict[object, pl.LazyFrame] = field(default_factory=dict)  # scanned once for all checks

    @cached_property
    def days(self) -> set[dt.date]:
        """The days that were built, whether or not their rows changed."""
        return self.outcome.days | self.outcome.unchanged

    @cached_property
    def touched(self) -> bool:
        """Whether the run had anything to do."""
        return bool(self.days or self.outcome.touched or self.outcome.changed)

    @cached_property
    def log(self) -> pl.DataFrame:
        """The files of the table, as its log describes them: rows, nulls, day."""
        return pl.DataFrame(self._opened.get_add_actions(flatten=True))

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
        mine = pl.col("table") == str(self.table.name)
        return self.work.store.scan(accounts.ACCOUNTS.name).filter(mine).collect()

    @cached_property
    def _opened(self) -> DeltaTable:
        return DeltaTable(self.work.store.uri(self.table.name))

    @cached_property
    def scan(self) -> pl.LazyFrame:
        """The table as it is."""
        return pl.scan_delta(self._opened)

    @cached_property
    def schema(self) -> pl.Schema:
        """The columns of the table in the lake."""
        return self.scan.collect_schema()

    @cached_property
    def other_columns(self) -> list[str]:
        """The declared columns that the lake lacks, or has in another type."""
        declared = self.table.schema
        return [name for name in declared if self.schema.get(name) != declared[name]]

    def parts(self) -> Iterator[set[dt.date]]:
        """The days touched, a bounded number of rows at a time; no day is the whole table."""
        if self.table.day_column and self.days:
            yield from map(set, chunks(self.days, self._read_by_day(), self.work.rows_at_once))
        elif not self.table.day_column and (self.table.kind is Kind.WHOLE or self.touched):
            yield set()

    @cached_property
    def files(self) -> pl.DataFrame:
        """The files of the days touched, and those of no day at all."""
        if self.table.day_column is None or self.log.is_empty():
            return self.log
        day = pl.col(f"partition.{self.table.day_column}")
        return self.log.filter(day.is_in(list(self.days)) | day.is_null())

    def rows(self, days: set[dt.date]) -> pl.LazyFrame:
        """The rows of some of the days; all rows of a table without days."""
        column = self.table.day_column
        return self.scan.filter(in_spans(column, spans(days))) if column else self.scan

    def _read_by_day(self) -> Counts:
        """Rows of the table and of what it reads of the same days."""
        counted = dict(self.rows_by_day)
        if self.table.kind is Kind.BY_DAY:
            for name, extent in self.table.reads.items():
                if isinstance(extent, (Days, Until)):
                    stored = self.work.stored(self.work.catalog[name])
                    for day, rows in self.work.store.rows_by_day(stored).items():
                        counted[day] = counted.get(day, 0) + rows
        return counted
