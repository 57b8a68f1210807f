"""What a check is before it is run, and what it found."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from mega_toys.lake.checks.look import Look

Severity = Literal["warn", "error"]
EXAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A check that a table has, before it is run."""

    name: str
    description: str
    blocks: bool = False


@dataclass(frozen=True, kw_only=True)
class Found:
    """The result of a check: how much is wrong, with figures and the first of it.

    It blocks only as an error. What is `tolerated` was found, but is within what the table's
    declaration allows.
    """

    name: str
    blocks: bool
    severity: Severity = "warn"
    rows: int = 0
    tolerated: bool = False
    examples: list[dict[str, Any]] = field(default_factory=list)
    numbers: dict[str, int | float | str] = field(default_factory=dict)
    by_day: dict[dt.date, int] = field(default_factory=dict)  # how much is wrong on which day

    @property
    def passed(self) -> bool:
        """Whether nothing was found that somebody must look at."""
        return not self.rows or self.tolerated


@dataclass(frozen=True, kw_only=True)
class Told(Declared):
    """A check answered from the logs and the lake's own tables, whichever days were touched."""

    look: Callable[[Look], Found]


@dataclass(frozen=True, kw_only=True)
class Query(Declared):
    """A check that reads rows: a query for what is wrong on some of the days touched.

    A wrong row counts once, or as often as its column `counted` says.
    """

    wrong: Callable[[Look, set[dt.date]], pl.LazyFrame]
    counted: str | None = None


def found(check: Declared, *wrong: dict[str, Any], **told: Any) -> Found:
    """The result of a check: each thing that is wrong, and its figures."""
    severity: Severity = "error" if check.blocks else "warn"
    kept: dict[str, Any] = {
        "blocks": check.blocks,
        "severity": severity,
        "rows": len(wrong),
        "examples": list(wrong[:EXAMPLES]),
    }
    return Found(name=check.name, **(kept | told))


@dataclass
class Tally:
    """What a query found, part by part: how much, on which day, and the first of it."""

    rows: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)
    by_day: dict[dt.date, int] = field(default_factory=dict)

    def add(self, wrong: pl.DataFrame, counted: str | None) -> None:
        """Count the wrong rows of one part."""
        weight = pl.col(counted).sum() if counted else pl.len()
        self.rows += int(wrong.select(weight).item())
        self.examples += wrong.head(EXAMPLES - len(self.examples)).to_dicts()
        if "day" in wrong.columns:
            for day, rows in wrong.group_by("day").agg(weight.alias("rows")).sort("day").rows():
                self.by_day[day] = self.by_day.get(day, 0) + rows
