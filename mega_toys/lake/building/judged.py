"""Records judged some at a time: only what is valid of them is held as a whole."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from mega_toys.lake.building.taking import ACCOUNT_DAY, Taking
from mega_toys.lake.own.quarantine_tables import PLACE

_AT_ONCE = 250_000  # rows: while one is judged, it takes about a kilobyte
_HELD_BYTES = 64 << 20


@dataclass
class Judged:
    """What became of records.

    `records` tells place, days and key of each, as received; `valid` are typed; `rejected` has the
    form of the quarantine, and is there until the folder of the taking is gone.
    """

    records: pl.DataFrame
    valid: pl.DataFrame
    rejected: pl.LazyFrame


@dataclass
class _Rejected:
    """Rows for the quarantine, of which many wait on disk."""

    folder: Path
    held: list[pl.DataFrame] = field(default_factory=list)
    waiting: list[pl.LazyFrame] = field(default_factory=list)

    def add(self, rows: pl.DataFrame) -> None:
        self.held.append(rows)
        if sum(some.estimated_size() for some in self.held) > _HELD_BYTES:
            path = self.folder / f"{uuid.uuid4()}.parquet"
            _joined(self.held).sink_parquet(path, compression="zstd", compression_level=1)
            self.waiting.append(pl.scan_parquet(path, glob=False))
            self.held.clear()

    def every(self) -> pl.LazyFrame:
        return pl.concat([*self.waiting, *(some.lazy() for some in self.held)])


def judged(taking: Taking, placed: pl.LazyFrame) -> Judged:
    """Judge placed records, however many they are."""
    named = [*PLACE, "_landed_on", ACCOUNT_DAY.meta.output_name(), *taking.key]
    told = list(dict.fromkeys(named))
    records, valid, rejected = list[pl.DataFrame](), list[pl.DataFrame](), _Rejected(taking.folder)
    for rows in _some(placed):
        records.append(rows.select(told))
        good, parts = taking.judge_placed(rows)
        valid.append(good)
        for part in parts:
            rejected.add(part)
    return Judged(pl.concat(records), pl.concat(valid), rejected.every())


def _some(placed: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """At least one frame of the records, in their order."""
    found = placed.collect_batches(chunk_size=_AT_ONCE, engine="streaming")
    first = next(found, None)
    yield placed.limit(0).collect() if first is None else first
    yield from found


def _joined(frames: list[pl.DataFrame]) -> pl.LazyFrame:
    return pl.concat([frame.lazy() for frame in frames])
