"""Whether a landing zone is as it was, told without listing what nothing came to of late.

For those who look often: folders into which nothing was put of late, in a bucket the landing days
that are older than a week, are listed in turn, some at each look.
"""

import datetime as dt
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from mega_toys.declared.errors import PlaceError
from mega_toys.ingestion.landing_file import seen_as
from mega_toys.ingestion.older_days import AT_ONCE, HOLDS_S, OlderDays
from mega_toys.lake.store.place import Place

_LATELY = dt.timedelta(days=7)  # a folder into which nothing was put for so long rests


class _Listed(NamedTuple):
    at: float
    changed_ns: int
    folders: list[str]
    many: int
    files: int  # hash of what they say of themselves


@dataclass
class Folders:
    """A landing zone as it looked, with its folders as they were when they were last listed."""

    _known: dict[str, _Listed] = field(default_factory=dict)  # listed longest ago first
    _whole_at: float = float("-inf")
    _older: OlderDays = field(default_factory=OlderDays)
    _had_no_news: bool = False  # as a whole
    _refused: bool = False

    def looks(self, zone: Place, datasets: Iterable[str]) -> int | None:
        """A number that is another one once a file came, went or changed; none if that is unknown.

        `datasets` are the folders of a bucket to be listed, `<domain>/<dataset>`. Of what had files
        that were refused, the next number is another one every ten minutes.
        """
        now = time.time()
        if now - self._whole_at >= HOLDS_S:
            self._whole_at, self._had_no_news = now, self._had_no_news and not self._refused
        try:
            looks = self._of(zone, datasets, now)
        except (OSError, PlaceError):  # which a look names
            return None
        return hash((self._whole_at, looks)) if self._refused else looks

    def had_no_news(self, *, refused: bool) -> None:
        """Note that a listing of all landing days, since something came, held nothing new.

        And whether there were files that were refused: they may be given again without a sign.
        """
        self._had_no_news, self._refused = True, refused

    def since(self, zone: Place) -> dt.date | None:
        """The first landing day of a bucket to be listed, while nothing came to those before."""
        return None if zone.folder or not self._had_no_news else _first_of_late(time.time())

    def _of(self, zone: Place, datasets: Iterable[str], now: float) -> int:
        if zone.folder:
            self._forget_some(now)
            return self._looks(os.path.realpath(zone.folder), now)
        return self._of_bucket(zone, list(datasets), now)

    def _of_bucket(self, zone: Place, datasets: list[str], now: float) -> int:
        before = self._older.changes
        self._older.look(zone, datasets, _first_of_late(now), now)
        if self._older.changes != before:
            self._had_no_news = False
        return hash((self._older.changes, _of_late(zone, datasets, now)))

    def _forget_some(self, now: float) -> None:
        """Have the folders that were listed longest ago listed again, a bounded number of files."""
        left = AT_ONCE
        for folder, known in list(self._known.items()):
            if left <= 0 or now - known.at < HOLDS_S:
                return
            self._known.pop(folder, None)
            left -= known.many

    def _looks(self, folder: str, now: float) -> int:
        changed_ns = os.stat(folder).st_mtime_ns
        known = self._known.get(folder)
        rests = now - changed_ns / 1e9 > _LATELY.total_seconds()
        if known is None or known.changed_ns != changed_ns or not rests:
            self._known.pop(folder, None)
            known = self._known[folder] = _listed(folder, changed_ns, now)
        return hash((known.files, *(self._looks(below, now) for below in known.folders)))


def _of_late(zone: Place, datasets: Iterable[str], now: float) -> int:
    """How the landing days of late look in a bucket."""
    first = _first_of_late(now)
    listed = (entry for folder in datasets for entry in zone.below(folder, f"{folder}/{first}"))
    return hash(tuple((entry.path, entry.mark) for entry in listed))


def _first_of_late(now: float) -> dt.date:
    return dt.datetime.fromtimestamp(now, dt.UTC).date() - _LATELY


def _listed(folder: str, changed_ns: int, now: float) -> _Listed:
    folders, files = [], []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False):
            folders.append(entry.path)
        else:
            files.append((entry.name, *seen_as(entry.stat(follow_symlinks=False))))
    return _Listed(now, changed_ns, folders, len(files), hash(tuple(files)))
