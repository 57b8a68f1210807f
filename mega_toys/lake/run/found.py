"""What a check found wrong with a table, whoever declared it and however it was looked for."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

from mega_toys.declared.days import EVER, Span, listed, said
from mega_toys.declared.words import counted

Severity = Literal["warn", "error"]


@dataclass(frozen=True, kw_only=True)
class Found:
    """The result of a check, for the whole table: how much is wrong, with the first of it.

    It blocks only as an error. What is `tolerated` was found, but is within what the table's
    declaration allows. `failing` are the days that make it fail: those on which this look found
    something, and of those an earlier look did, the ones `not_looked_at` now. `names` are those of
    the files or fields that are wrong, where it looks for such.
    """

    name: str
    blocks: bool
    severity: Severity = "warn"
    rows: int = 0
    tolerated: bool = False
    examples: list[dict[str, Any]] = field(default_factory=list)
    names: tuple[str, ...] = ()
    numbers: dict[str, int | float | str] = field(default_factory=dict)
    by_day: dict[dt.date, int] = field(default_factory=dict)  # how much is wrong on which day
    failing: tuple[Span, ...] = ()
    not_looked_at: tuple[Span, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing was found that somebody must look at, now or earlier."""
        return (not self.rows or self.tolerated) and not self.not_looked_at

    @property
    def each(self) -> list[str]:
        """What is wrong, one by one: files or fields, else days; none of the table as a whole."""
        if self.names or EVER in self.failing:
            return list(self.names)
        return [day.isoformat() for day in listed(self.failing)]

    @property
    def earlier(self) -> str:
        """In words, the days of an earlier look that were not looked at now; empty without any."""
        days = listed(self.not_looked_at)
        on = f"on {counted(len(days), 'day')} ({said(days)})"
        return f"found earlier {on}, not looked at since" if days else ""
