"""The landing days of a bucket that are older than a week, of which each look lists some objects.

A bucket does not say below which folder something changed.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, takewhile

from mega_toys.lake.store.entry import Entry
from mega_toys.lake.store.place import Place

AT_ONCE = 5_000  # files that one look lists of what rests: about 20 ms on a disk
HOLDS_S = 600  # for which a listing of it holds


@dataclass
class _Listing:
    """The objects of a dataset before a day, as far as they are listed."""

    before: dt.date
    left: Iterator[Entry]
    hashed: int = 0
    is_done: bool = False

    def goes_on(self, most: int) -> int:
        """List so many objects at most; how many there were."""
        count = 0
        for entry in islice(self.left, most):
            self.hashed = hash((self.hashed, entry.path, entry.mark))
            count += 1
        self.is_done = count < most
        return count


@dataclass
class OlderDays:
    """How often it was seen that something was otherwise than it had been listed before."""

    changes: int = 0
    _under_way: dict[str, _Listing] = field(default_factory=dict)
    _seen: dict[str, tuple[dt.date, int]] = field(default_factory=dict)
    _listed_at: dict[str, float] = field(default_factory=dict)

    def look(self, zone: Place, datasets: Iterable[str], first: dt.date, now: float) -> None:
        """List some objects before the first day, of the datasets listed longest ago."""
        left = AT_ONCE
        for folder in sorted(datasets, key=self._at):
            if left <= 0 or now - self._at(folder) < HOLDS_S:
                return
            listing = self._under_way.pop(folder, None) or _listing(zone, folder, first)
            left -= listing.goes_on(left)
            if listing.is_done:
                self._ends(folder, listing, now)
            else:
                self._under_way[folder] = listing

    def _at(self, folder: str) -> float:
        return self._listed_at.get(folder, float("-inf"))

    def _ends(self, folder: str, listing: _Listing, now: float) -> None:
        """What was never listed to this day, too, may have changed before it was."""
        seen = listing.before, listing.hashed
        self.changes += self._seen.get(folder) != seen
        self._seen[folder], self._listed_at[folder] = seen, now


def _listing(zone: Place, folder: str, first: dt.date) -> _Listing:
    end = f"{folder}/{first}"
    return _Listing(first, takewhile(lambda entry: entry.path < end, zone.below(folder)))
