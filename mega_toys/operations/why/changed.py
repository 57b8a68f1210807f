"""What changed a table since some instant: commit by commit, down to the files."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from mega_toys.declared.days import around, said
from mega_toys.declared.extents import Days, Until
from mega_toys.declared.table import Bronze, FromBronze, Table
from mega_toys.declared.words import counted
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.lake.own.accounts import RECEIVED
from mega_toys.lake.own.files import FILES, dataset_of
from mega_toys.lake.run.work import Work
from mega_toys.operations.why.cause import Cause

_FILES = 5  # that are named


@dataclass
class Changes:
    """What changed tables since an instant; each is looked at once, however many come of it."""

    work: Work
    since: dt.datetime
    _known: dict[tuple[str, dt.date | None], tuple[Cause, ...]] = field(default_factory=dict)

    def of(self, table: Table, day: dt.date | None = None) -> tuple[Cause, ...]:
        """The changes of a table's rows, or of one day's, newest first; none where it has none."""
        key = str(table.name), day
        if key not in self._known:
            self._known[key] = tuple(self._of(table, day))
        return self._known[key]

    def _of(self, table: Table, day: dt.date | None) -> Iterator[Cause]:
        commits = [
            (at, note)
            for at, note in self.work.store.made_since(table.name, self.since)
            if note.changed and (day is None or note.whole or not note.days or day in note.days)
        ]
        if not commits:
            return
        days = {one for _, note in commits for one in note.days}
        times = [f"{at:%Y-%m-%d %H:%M}" for at, _ in commits]
        when = times[0] if times[0] == times[-1] else f"{times[-1]} … {times[0]}"
        of_days = f" on {said(days if day is None else {day})}" if days else ""
        yield Cause(f"{table.name} changed{of_days}, {when} UTC.", tuple(self._why(table, day)))

    def _why(self, table: Table, day: dt.date | None) -> Iterator[Cause]:
        if isinstance(table, Bronze):
            yield from _files_since(table, self.work, self.since, None)
            return
        if isinstance(table, FromBronze):
            landed = _landed_on(table, self.work, day) if day else None
            bronze = self.work.catalog.bronze_of(table)
            yield from _files_since(bronze, self.work, self.since, landed)
        for name, extent in table.reads.items():
            source = self.work.catalog[name]
            if isinstance(source, Bronze):
                continue
            for one in _days_read(extent, day):
                yield from self.of(source, one)


def _days_read(extent: object, day: dt.date | None) -> Collection[dt.date | None]:
    """The days of an input that a day is made of; none: any."""
    if day is None or not isinstance(extent, (Days, Until)):
        return [None]
    if isinstance(extent, Until):
        return [None]
    return sorted(around([day], extent.first, extent.last))


def _landed_on(table: FromBronze, work: Work, day: dt.date) -> set[dt.date]:
    """The landing days that brought records of a business day."""
    received = work.store.of_partition(RECEIVED, str(table.name))
    return set(received.filter(pl.col("day") == day)["landed_on"])


def _files_since(
    bronze: Bronze, work: Work, since: dt.datetime, landed: Collection[dt.date] | None
) -> Iterator[Cause]:
    """The files that a bronze table took in since then; of some landing days, or of all."""
    files = work.store.of_partition(FILES, dataset_of(bronze)).filter(
        pl.col("ingested_at") >= since
    )
    if landed is not None:
        files = files.filter(pl.col("landing_day").is_in([*landed]))
    if files.height:
        named = files.sort("ingested_at", descending=True).head(_FILES)
        told = [f"{path} ({status}, {counted(rows or 0, 'row')})"
            for path, status, rows in named.select("path", "status", "rows").rows()]  # fmt: skip
        yield Cause(
            f"{bronze.name} took in {counted(files.height, 'file')}.", _listed(told, files.height)
        )


def files_of(files: Collection[LandingFile]) -> tuple[Cause, ...]:
    """Files of the landing zone by their paths, some of many."""
    return _listed(sorted(file.path for file in files)[:_FILES], len(files))


def _listed(told: Iterable[str], every: int) -> tuple[Cause, ...]:
    named = tuple(map(Cause, told))
    left = every - len(named)
    return (*named, Cause(f"and {counted(left, 'more file')}")) if left > 0 else named
