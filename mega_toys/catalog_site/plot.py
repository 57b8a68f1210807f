"""Rows a day as a small picture."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from mega_toys.declared.days import shifted
from mega_toys.declared.words import counted

DAYS, HEIGHT, STEP = 60, 60, 10  # that are drawn; units of the picture


@dataclass(frozen=True)
class Bar:
    """A day: where its bar is and how high, in units of the picture, and what it says."""

    x: int
    y: float
    height: float
    told: str


@dataclass(frozen=True)
class Plot:
    """The newest days, one bar each; a day without any has none."""

    first: dt.date
    last: dt.date
    most: int
    bars: list[Bar]
    what: str

    @property
    def width(self) -> int:
        """Units of the picture."""
        return ((self.last - self.first).days + 1) * STEP


def plot(by_day: Mapping[dt.date, int], what: str) -> Plot | None:
    """The newest days of some counts of `what` (`row`); none where there is no day."""
    if not by_day:
        return None
    last = max(by_day)
    first = max(min(by_day), shifted(last, 1 - DAYS))
    shown = {day: many for day, many in by_day.items() if day >= first}
    most = max(shown.values())
    return Plot(first, last, most, [_bar(day, shown, first, what) for day in sorted(shown)], what)


def _bar(day: dt.date, shown: Mapping[dt.date, int], first: dt.date, what: str) -> Bar:
    most = max(*shown.values(), 1)
    height = round(HEIGHT * shown[day] / most, 1)
    told = f"{day}: {counted(shown[day], what)}"
    return Bar((day - first).days * STEP, HEIGHT - height, height, told)
