"""How far something long is, in words: done of all, rows a second, time left."""

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mega_toys.declared.days import said
from mega_toys.declared.words import counted

_SHORT_S = 120.0  # what is told in seconds


@dataclass(frozen=True)
class Pace:
    """So many of something, such as days, that are done one after another since this was made.

    `size` is that of all, by which the time left is told; each is as long as another, where none
    is given.
    """

    many: int
    what: str
    size: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def told(self, done: int, size: float = 0.0, rows: int = 0) -> str:
        """How far one is: `6 of 30 days, 45,120 rows a second, 12 s left`."""
        seconds = time.monotonic() - self.began
        parts = [f"{done:,} of {counted(self.many, self.what)}"]
        if rows and seconds:
            parts.append(f"{rows / seconds:,.0f} rows a second")
        if share := size / self.size if self.size else done / self.many:
            parts.append(f"{_duration(seconds * (1 / share - 1))} left")
        return ", ".join(parts)


def by_days(
    parts: Iterable[Sequence[dt.date]],
    sizes: Mapping[dt.date, int],
    say: Callable[[str], None],
    rows: Callable[[], int] | None = None,
) -> Iterator[Sequence[dt.date]]:
    """Parts of days, one after another; before each is said which it is, and how far one is.

    `sizes` are the rows of each day. Where they are bytes, `rows` says how many rows are done.
    """
    every = list(parts)
    of_parts = [sum(sizes.get(day, 0) for day in part) for part in every]
    pace = Pace(sum(map(len, every)), "day", sum(of_parts))
    days = size = 0
    for part, more in zip(every, of_parts, strict=True):
        far = pace.told(days, size, rows() if rows else size)
        say(f"{far} ({said(part)})")  # last what a narrow terminal may cut
        yield part
        days, size = days + len(part), size + more


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _SHORT_S else f"{seconds / 60:.0f} min"
