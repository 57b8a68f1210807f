"""A few rows of a table for everybody who may see the lake's pages."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from mega_toys.declared.privacy import FOR_ALL, privacy_of
from mega_toys.declared.table import Table
from mega_toys.lake.reading.reader import Reader
from mega_toys.lake.run.work import Work

_ROWS = 5


@dataclass(frozen=True)
class Sample:
    """Some rows; `day` is theirs, of a table that lies by days."""

    rows: pl.DataFrame
    day: dt.date | None = None


def shown_in_samples(table: Table) -> list[str]:
    """The columns that a sample may show: none of a class beyond `internal`, and no technical one.

    `_rescued` may hold anything.
    """
    if table.contract.privacy not in FOR_ALL:
        return []
    shown = (name for name, privacy in privacy_of(table).items() if privacy in FOR_ALL)
    return [name for name in shown if not name.startswith("_")]


def sample(table: Table, work: Work, day: dt.date | None = None) -> Sample | None:
    """A few rows, of that day where it has any, else of the newest one that has; none without."""
    columns = shown_in_samples(table)
    if not columns:
        return None
    rows, of_day = Reader(work.store, work.catalog).scan(str(table.name)), None
    if table.day_column is not None:
        held = work.store.rows_by_day(work.stored(table))
        if not held:
            return None
        of_day = day if day in held else max(held)
        rows = rows.filter(pl.col(table.day_column) == of_day)
    few = rows.select(columns).head(_ROWS).collect()
    return Sample(few, of_day) if few.height else None
