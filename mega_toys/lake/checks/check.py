"""What a check is before it is run, and how what it finds becomes its result."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from mega_toys.declared.days import EVER, few_spans
from mega_toys.lake.checks.look import Look
from mega_toys.lake.run.found import Found, Severity

EXAMPLES = 5
_NAMED = ("path", "field")


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A check that a table has, before it is run."""

    name: str
    description: str
    blocks: bool = False


@dataclass(frozen=True, kw_only=True)
class Told(Declared):
    """A check answered from logs and the lake's own tables, for every day at each look.

    Unless it looks only at some `days`, those touched and those that failed before.
    """

    look: Callable[[Look], Found]
    days: bool = False


@dataclass(frozen=True, kw_only=True)
class Query(Declared):
    """A check that reads rows: a query for what is wrong on some days.

    A wrong row counts once, or as often as its column `counted` says. Where it has a `day`, that
    is the day that fails, else all those looked at do. It looks at rows `of_keys` alone where news
    touched only some.
    """

    wrong: Callable[[Look, set[dt.date]], pl.LazyFrame]
    counted: str | None = None
    of_keys: bool = False


def found(check: Declared, *wrong: dict[str, Any], **told: Any) -> Found:
    """The result of a check: each thing that is wrong, and its figures."""
    severity: Severity = "error" if check.blocks else "warn"
    kept: dict[str, Any] = {
        "blocks": check.blocks,
        "severity": severity,
        "rows": len(wrong),
        "examples": list(wrong[:EXAMPLES]),
        "names": tuple(str(one[name]) for one in wrong for name in _NAMED if name in one),
    }
    return Found(name=check.name, **(kept | told))


@dataclass
class Tally:
    """What a query found, part by part: how much, on which day, and the first of it."""

    rows: int = 0
    looked_at: int = 0  # rows
    examples: list[dict[str, Any]] = field(default_factory=list)
    by_day: dict[dt.date, int] = field(default_factory=dict)
    failing: set[dt.date] = field(default_factory=set)

    def add(self, wrong: pl.DataFrame, counted: str | None, days: set[dt.date]) -> None:
        """Count the wrong rows of one part, which are of these days."""
        weight = pl.col(counted).sum() if counted else pl.len()
        self.rows += int(wrong.select(weight).item())
        self.examples += wrong.head(EXAMPLES - len(self.examples)).to_dicts()
        if "day" not in wrong.columns or wrong["day"].has_nulls():
            self.failing |= days if wrong.height else set()
            return
        for day, rows in wrong.group_by("day").agg(weight.alias("rows")).sort("day").rows():
            self.by_day[day] = self.by_day.get(day, 0) + rows
            self.failing.add(day)


def with_failing(result: Found, days: set[dt.date], left: set[dt.date]) -> Found:
    """The result with the days that fail: of these, and those left of an earlier look.

    Where something is wrong and no day is, it is the table as a whole.
    """
    wrong = result.rows and not result.tolerated
    return replace(
        result,
        failing=(EVER,) if wrong and not days else tuple(few_spans(days | left)),
        not_looked_at=tuple(few_spans(left)),
    )
