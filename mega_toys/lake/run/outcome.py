"""What a refresh did to one table."""

import datetime as dt
from dataclasses import dataclass, field

import polars as pl

from mega_toys.declared.words import counted
from mega_toys.lake.run.found import Found


@dataclass
class Outcome:
    """What a refresh did to one table."""

    table: str
    days: set[dt.date] = field(default_factory=set)  # whose rows changed
    unchanged: set[dt.date] = field(default_factory=set)  # built anew with the same rows
    changed: bool = False
    keys: pl.DataFrame | None = None  # whose rows may have changed; none where those of any may
    rows_of_keys: int = 0  # that the table has of them now
    touched: set[dt.date] = field(default_factory=set)  # whose accounts may have changed
    accounts: dict[str, int] = field(default_factory=dict)  # of the days touched
    rows: int = 0  # that were written: all of each day that changed
    done: str = ""  # what was done, where it was something else than to write rows
    seconds: float = 0.0
    peak_mb: float = 0.0  # that the process had at most while it was built
    checks: list[Found] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)  # blocking checks
    reads: dict[str, int] | None = None  # versions wholly taken in; none while days are left

    @property
    def summary(self) -> str:
        """What was done, in words: `1,234 rows written, 2 days changed`."""
        if self.done:
            return self.done
        written = f"{counted(self.rows, 'row')} written"
        days = [f"{counted(len(self.days), 'day')} changed"] if self.days else []
        return ", ".join([written, *days]) if self.changed else "unchanged"
