"""What waits in a system to be pulled."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from mega_toys.sources.landed import Mark, NewFile


@dataclass(frozen=True)
class Waiting:
    """So many rows, the oldest of this mark; `since` is the mark until which all has landed."""

    rows: int
    since: Mark | None = None
    oldest: Mark | None = None
    absent: tuple[str, ...] = ()  # optional fields for which there is no column

    def lag(self, now: dt.datetime) -> dt.timedelta | None:
        """How long the oldest has waited; none where nothing waits, or its mark is no instant."""
        return now - self.oldest if self.rows and isinstance(self.oldest, dt.datetime) else None


def waiting_in(files: Iterable[NewFile], since: Mark | None) -> Waiting:
    """What waits, of the files that a pull would write."""
    rows, marks = 0, []
    for file in files:
        rows += file.rows
        marks += [file.first] if file.first is not None else []
    return Waiting(rows, since, min(marks, default=None))
