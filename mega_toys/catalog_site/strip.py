"""How the checks of a table stood day by day, as the notes of its commits tell it."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from mega_toys.declared.days import shifted
from mega_toys.declared.table import Table
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.note import Note
from mega_toys.operations.status import Weight

DAYS, STEP = 60, 10  # that are drawn; units of the picture a day
_COMMITS = 200  # of the newest that are read
_WORDS: dict[Weight, str] = {"well": "no finding", "odd": "found something", "wrong": "failed"}


@dataclass(frozen=True)
class Part:
    """Some days on which a check stood alike: where they are drawn, and what they say."""

    x: int
    width: int
    weight: Weight
    told: str


@dataclass(frozen=True)
class Strip:
    """The days to today: how a check stood at the end of each."""

    first: dt.date
    last: dt.date
    parts: list[Part]

    @property
    def told(self) -> str:
        """All of it in words."""
        return "; ".join(part.told for part in self.parts)


Ends = list[tuple[dt.date, Note]]  # days with the note that stood at their end, the oldest first


class Strips:
    """The checks of a table over the days of which its log tells."""

    def __init__(self, table: Table, work: Work) -> None:
        self.last = work.now().date()
        self.first = shifted(self.last, 1 - DAYS)
        self._ends = list(self._days(work, str(table.name)))

    def of(self, check: str) -> Strip | None:
        """The strip of a check; none where nothing is known."""
        told = [(day, _weight(check, note)) for day, note in self._ends]
        parts = [
            self._part([day for day, _ in those], weight)
            for weight, those in groupby(told, lambda one: one[1])
        ]
        return Strip(self.first, self.last, parts) if parts else None

    def _days(self, work: Work, name: str) -> Iterator[tuple[dt.date, Note]]:
        """Each day with what stood at its end."""
        standing = list(self._standing(work, name))
        if not standing:
            return
        day, note = standing.pop()
        while day <= self.last:
            while standing and standing[-1][0] <= day:
                _, note = standing.pop()
            if day >= self.first:
                yield day, note
            day = shifted(day, 1)

    def _standing(self, work: Work, name: str) -> Iterator[tuple[dt.date, Note]]:
        """The notes by their day, newest first, and of those before the first day the newest."""
        ever = dt.datetime.min.replace(tzinfo=dt.UTC)
        for at, note in islice(work.store.made_since(name, ever), _COMMITS):
            yield max(at.date(), self.first), note
            if at.date() < self.first:
                return

    def _part(self, days: Sequence[dt.date], weight: Weight) -> Part:
        x, width = (days[0] - self.first).days * STEP, len(days) * STEP
        when = f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
        return Part(x, width, weight, f"{when}: {_WORDS[weight]}")


def _weight(check: str, note: Note) -> Weight:
    if check in note.failed:
        return "wrong"
    return "odd" if check in note.warned else "well"
