"""Whether a landing zone is as it was, told without listing what nothing came to of late.

For those who look often: on a disk, folders into which nothing was put are not listed, in a bucket
only the landing days of a week are. What comes to others shows at the next whole look, which is one
every ten minutes.
"""

import datetime as dt
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from mega_toys.declared.errors import PlaceError
from mega_toys.ingestion.landing_file import seen_as
from mega_toys.lake.store.place import Place

_LATELY = dt.timedelta(days=7)  # a folder into which nothing was put for so long rests
_WHOLE_S = 600


class _Listed(NamedTuple):
    changed_ns: int
    folders: list[str]
    files: int  # hash of what they say of themselves


@dataclass
class Folders:
    """A landing zone as it looked, with its folders as they were when they were last listed."""

    _known: dict[str, _Listed] = field(default_factory=dict)
    _listed_whole_at: float = float("-inf")
    _had_no_news: bool = False  # as a whole

    def looks(self, zone: Place, datasets: Iterable[str]) -> int | None:
        """A number that is another one once a file came, went or changed; none if that is unknown.

        `datasets` are the folders of a bucket to be listed, `<domain>/<dataset>`. The next number
        after a whole look is another one all the same.
        """
        now = time.time()
        if now - self._listed_whole_at >= _WHOLE_S:
            self._known.clear()
            self._listed_whole_at, self._had_no_news = now, False
        try:
            looks = self._of(zone, datasets, now)
        except (OSError, PlaceError):  # which a look names
            return None
        return hash((self._listed_whole_at, looks))

    def had_no_news(self) -> None:
        """Note that a listing of all landing days, since the last whole look, held nothing new."""
        self._had_no_news = True

    def since(self, zone: Place) -> dt.date | None:
        """The first landing day of a bucket to be listed until the next whole look."""
        now = time.time()
        is_whole = not self._had_no_news or now - self._listed_whole_at >= _WHOLE_S
        return None if zone.folder or is_whole else _first_of_late(now)

    def _of(self, zone: Place, datasets: Iterable[str], now: float) -> int:
        if zone.folder:
            return self._looks(os.path.realpath(zone.folder), now)
        return _of_late(zone, datasets, now)

    def _looks(self, folder: str, now: float) -> int:
        changed_ns = os.stat(folder).st_mtime_ns
        known = self._known.get(folder)
        rests = now - changed_ns / 1e9 > _LATELY.total_seconds()
        if known is None or known.changed_ns != changed_ns or not rests:
            known = self._known[folder] = _listed(folder, changed_ns)
        return hash((known.files, *(self._looks(below, now) for below in known.folders)))


def _of_late(zone: Place, datasets: Iterable[str], now: float) -> int:
    """How the landing days of late look in a bucket."""
    first = _first_of_late(now)
    listed = (entry for folder in datasets for entry in zone.below(folder, f"{folder}/{first}"))
    return hash(tuple((entry.path, entry.mark) for entry in listed))


def _first_of_late(now: float) -> dt.date:
    return dt.datetime.fromtimestamp(now, dt.UTC).date() - _LATELY


def _listed(folder: str, changed_ns: int) -> _Listed:
    folders, files = [], []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False):
            folders.append(entry.path)
        else:
            files.append((entry.name, *seen_as(entry.stat(follow_symlinks=False))))
    return _Listed(changed_ns, folders, hash(tuple(files)))
