"""Sending: what arrives on a day becomes files of the landing zone, with or without faults.

Now and then a file lands with half of its records, and is sent again some days later.
"""

import datetime as dt
import os
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import polars as pl

from mega_toys.simulator import formats
from mega_toys.simulator.company import Company, Frames
from mega_toys.simulator.planting import Later, Spoilt, add_first, plant
from mega_toys.simulator.sources import ALL_FORMATS, SOURCES
from mega_toys.simulator.truth import BrokenFile, Fault, Ignored, Planted, Truth
from mega_toys.simulator.world import UTC_US, Generator

UNUSUAL = 0.15  # share of the files in another format than usual
FILES_MORE_OFTEN = 2
AGAIN_AFTER_DAYS = (1, 3)
ONE_DAY = dt.timedelta(days=1)
Systems = Mapping[str, Callable[[pl.DataFrame], int]]  # by the datasets that they have
NO_SYSTEMS: Systems = MappingProxyType({})
KEYED = ("machine_telemetry", "production_orders", "downtimes")


@dataclass(frozen=True)
class Again:
    """A file that is sent again: where and when it landed, what it was and will be."""

    dataset: str
    landed_on: dt.date
    path: str
    first: Spoilt
    whole: Spoilt


class Sender:
    """Sends days in order; keeps what is held back until its day has come."""

    def __init__(
        self, root: Path, company: Company, share: float, systems: Systems = NO_SYSTEMS
    ) -> None:
        self.truth = Truth()
        self._root, self._company, self._share = root, company, share
        self._systems = systems
        self._held: defaultdict[tuple[dt.date, str], list[Later]] = defaultdict(list)
        self._again: defaultdict[dt.date, list[Again]] = defaultdict(list)
        self._rehearses = False

    def rehearse(self, day: dt.date, frames: Frames) -> None:
        """A day that was sent before: what it held back matters, and systems that lack it."""
        self.tell(frames)
        if self._share:
            truth, self.truth, self._rehearses = self.truth, Truth(), True
            self.send(day, frames)
            self.truth, self._rehearses = truth, False

    def send(self, day: dt.date, frames: Frames, live: str | None = None) -> int:
        """Deliver a day, or a moment of it; returns how many records."""
        before = self.truth.received.total()
        told = 0 if self._rehearses else self.tell(frames)
        for again in self._again.pop(day, []):
            self._send_again(again, day)
        due = {dataset for on, dataset in self._held if on == day}
        for dataset in sorted({*frames, *due} - self._systems.keys()):
            held = self._held.pop((day, dataset), [])
            self._send_dataset(dataset, frames.get(dataset), held, day, live)
            if not live:
                self._stray(dataset, day)
        return self.truth.received.total() - before + told

    def tell(self, frames: Frames) -> int:
        """Tell the systems what came about, without faults; returns the records new to them."""
        here = sorted(self._systems.keys() & frames)
        return sum(self._systems[dataset](frames[dataset]) for dataset in here)

    def _send_dataset(
        self,
        dataset: str,
        rows: pl.DataFrame | None,
        held: list[Later],
        day: dt.date,
        live: str | None,
    ) -> None:
        if rows is None or rows.is_empty():
            if not held:
                return
            rows = held[0].rows.clear().with_columns(_at=pl.lit(None, UTC_US))
        now = [(zlib.crc32(live.encode()), rows)] if live else None
        batches = now or self._batches(dataset, rows, day)
        for number, batch in batches:
            spoilt, rng = self._planted(dataset, batch, day, (number,))
            if number == batches[-1][0]:
                self._add_held(dataset, spoilt, held)
            if spoilt.rows.height:
                stamp = live or f"{24 * (number + 1) // SOURCES[dataset].batches:02d}00"
                self._write(dataset, batch, spoilt, day, stamp, rng)

    def _batches(
        self, dataset: str, rows: pl.DataFrame, day: dt.date
    ) -> list[tuple[int, pl.DataFrame]]:
        """The rows by the part of the day in which they arrive."""
        if rows.is_empty():
            return [(0, rows)]
        many = SOURCES[dataset].batches
        hours = rows["_at"].dt.hour().to_numpy().astype(np.int64)
        cuts = np.searchsorted(hours * many // 24, np.arange(many + 1))
        parts = [(n, rows[cuts[n] : cuts[n + 1]]) for n in range(many)]
        return [(n, part) for n, part in parts if part.height]

    def _planted(
        self, dataset: str, rows: pl.DataFrame, day: dt.date, batch: tuple[int, ...]
    ) -> tuple[Spoilt, Generator]:
        source, rng = SOURCES[dataset], self._company.world.rng(f"send {dataset}", day, *batch)
        choice = ALL_FORMATS if rng.random() < UNUSUAL else source.formats
        form = choice[int(rng.integers(0, len(choice)))]
        if not self._share:
            return Spoilt(rows.drop("_at"), form), rng
        spoilt = plant(rows, source, form, rng, self._share)
        for later in spoilt.later:
            self._held[day + later.days * ONE_DAY, dataset].append(later)
        return spoilt, rng

    def _add_held(self, dataset: str, spoilt: Spoilt, held: list[Later]) -> None:
        if held:
            rule = SOURCES[dataset].rule
            faults = [(fault, rule(fault)) for later in held for fault in later.faults]
            add_first(spoilt, pl.concat([later.rows for later in held]), faults)

    def _write(
        self,
        dataset: str,
        rows: pl.DataFrame,
        spoilt: Spoilt,
        day: dt.date,
        stamp: str,
        rng: Generator,
    ) -> None:
        source, name = SOURCES[dataset], dataset.split("/")[1]
        folder = "/".join(filter(None, (dataset, str(day), source.subfolder)))
        path = f"{folder}/{name}-{stamp}{spoilt.form}"
        self.truth.files[dataset, day] += 1
        again_after = int(rng.integers(*AGAIN_AFTER_DAYS, endpoint=True))
        if rows.height > 1 and rng.random() < self._share * FILES_MORE_OFTEN:
            first = Spoilt(rows.drop("_at", strict=False).head(rows.height // 2), spoilt.form)
            again = Again(dataset, day, path, first, spoilt)
            self._again[day + again_after * ONE_DAY].append(again)
            self._deliver(dataset, first, day, path)
        else:
            self._deliver(dataset, spoilt, day, path)
        if rng.random() < self._share * FILES_MORE_OFTEN:
            kind = list(BrokenFile)[int(rng.integers(0, len(BrokenFile)))]
            form, content = formats.broken(spoilt.rows, spoilt.form, kind)
            path = f"{folder}/{name}-{stamp}-first-try{form}"
            self._put(path, content)
            self.truth.broken_files[path] = kind

    def _send_again(self, again: Again, day: dt.date) -> None:
        """Only what is there can be sent again; a day that was delivered live has other files."""
        if self._rehearses or (self._root / again.path).exists():
            self._count(again.dataset, again.first, again.landed_on, -1)
            self._deliver(again.dataset, again.whole, again.landed_on, again.path)
            self.truth.sent_again[again.path] = day

    def _stray(self, dataset: str, day: dt.date) -> None:
        """Now and then a file that is none of the landing zone's."""
        rng, name = self._company.world.rng(f"stray {dataset}", day), dataset.split("/")[1]
        if rng.random() < self._share * FILES_MORE_OFTEN:
            kind = list(Ignored)[int(rng.integers(0, len(Ignored)))]
            path = {
                Ignored.WRONG_EXTENSION: f"{dataset}/{day}/{name}.xlsx",
                Ignored.UNKNOWN_DATASET: f"{dataset}_archive/{day}/{name}.csv",
                Ignored.NO_CALENDAR_DAY: f"{dataset}/{day:%Y-%m}-32/{name}-{day:%d}.csv",
            }[kind]
            self._put(path, b"none,of,ours\n1,2,3\n")
            self.truth.ignored_files[path] = kind

    def _deliver(self, dataset: str, spoilt: Spoilt, day: dt.date, path: str) -> None:
        spoil = spoilt.spoil if spoilt.lines else None
        if not self._rehearses:
            self._put(path, formats.encoded(spoilt.rows, spoilt.form, spoil))
        self._count(dataset, spoilt, day, 1)

    def _count(self, dataset: str, spoilt: Spoilt, day: dt.date, times: int) -> None:
        self.truth.received[dataset, day] += times * spoilt.rows.height
        for fault, rule in spoilt.faults:
            self.truth.faults[Planted(dataset, day, fault, rule)] += times
        machine = self._company.unregistered(day)
        if machine and dataset.split("/")[1] in KEYED:
            found = (spoilt.rows["machine_id"] == machine).sum()
            self.truth.faults[Planted(dataset, day, Fault.UNKNOWN_KEY, "")] += times * int(found)

    def _put(self, path: str, content: bytes) -> None:
        """A file has its name only once it is complete."""
        if self._rehearses:
            return
        final = self._root / path
        final.parent.mkdir(parents=True, exist_ok=True)
        unfinished = final.with_name(final.name + ".tmp")
        unfinished.write_bytes(content)
        os.replace(unfinished, final)
        self.truth.written_bytes += len(content)
