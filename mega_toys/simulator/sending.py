"""Sending: what arrives on a day becomes files of the landing zone, with or without faults."""

import datetime as dt
import os
import zlib
from collections import defaultdict
from pathlib import Path

import numpy as np
import polars as pl

from mega_toys.simulator import formats
from mega_toys.simulator.company import Company, Frames
from mega_toys.simulator.planting import Later, Spoilt, add_first, plant
from mega_toys.simulator.sources import ALL_FORMATS, SOURCES
from mega_toys.simulator.truth import BrokenFile, Fault, Planted, Truth
from mega_toys.simulator.world import UTC_US, Generator

UNUSUAL = 0.15  # share of the files in another format than usual
BROKEN_MORE_OFTEN = 2
ONE_DAY = dt.timedelta(days=1)
KEYED = ("machine_telemetry", "production_orders", "downtimes")


class Sender:
    """Sends days in order; keeps what is held back until its day has come."""

    def __init__(self, root: Path, company: Company, share: float) -> None:
        self.truth = Truth()
        self._root, self._company, self._share = root, company, share
        self._held: defaultdict[tuple[dt.date, str], list[Later]] = defaultdict(list)

    def rehearse(self, day: dt.date, frames: Frames) -> None:
        """A day that was sent before: only what it held back matters."""
        if self._share:
            for dataset, rows in frames.items():
                for number, batch in self._batches(dataset, rows, day):
                    self._planted(dataset, batch, day, (number,))
        for key in [key for key in self._held if key[0] <= day]:
            del self._held[key]

    def send(self, day: dt.date, frames: Frames, live: str | None = None) -> int:
        """Write the files of a day, or of a moment of it; returns the records written."""
        before = self.truth.received.total()
        due = {dataset for on, dataset in self._held if on == day}
        for dataset in sorted({*frames, *due}):
            held = self._held.pop((day, dataset), [])
            self._send_dataset(dataset, frames.get(dataset), held, day, live)
        return self.truth.received.total() - before

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
                self._write(dataset, spoilt, day, stamp, rng)

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
        self, dataset: str, spoilt: Spoilt, day: dt.date, stamp: str, rng: Generator
    ) -> None:
        source, name = SOURCES[dataset], dataset.split("/")[1]
        folder = "/".join(filter(None, (dataset, str(day), source.subfolder)))
        content = formats.encoded(spoilt.rows, spoilt.form, spoilt.spoil if spoilt.lines else None)
        self._put(f"{folder}/{name}-{stamp}{spoilt.form}", content)
        self.truth.received[dataset, day] += spoilt.rows.height
        self.truth.files[dataset, day] += 1
        for fault, rule in spoilt.faults:
            self.truth.faults[Planted(dataset, day, fault, rule)] += 1
        self._count_unknown(dataset, spoilt.rows, day)
        if rng.random() < self._share * BROKEN_MORE_OFTEN:
            kind = list(BrokenFile)[int(rng.integers(0, len(BrokenFile)))]
            form, content = formats.broken(spoilt.rows, spoilt.form, kind)
            path = f"{folder}/{name}-{stamp}-first-try{form}"
            self._put(path, content)
            self.truth.broken_files[path] = kind

    def _count_unknown(self, dataset: str, rows: pl.DataFrame, day: dt.date) -> None:
        machine = self._company.unregistered(day)
        if machine and dataset.split("/")[1] in KEYED:
            count = int(np.sum((rows["machine_id"] == machine).fill_null(value=False).to_numpy()))
            self.truth.faults[Planted(dataset, day, Fault.UNKNOWN_KEY, "")] += count

    def _put(self, path: str, content: bytes) -> None:
        """A file has its name only once it is complete."""
        final = self._root / path
        final.parent.mkdir(parents=True, exist_ok=True)
        unfinished = final.with_name(final.name + ".tmp")
        unfinished.write_bytes(content)
        os.replace(unfinished, final)
        self.truth.written_bytes += len(content)
