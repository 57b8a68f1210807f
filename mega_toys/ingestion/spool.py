"""Bronze rows between their files and their commit, in bounded memory."""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from mega_toys.ingestion.landing import LandingFile
from mega_toys.ingestion.records import UnreadableFileError
from mega_toys.ingestion.rows import Batch, frames, read
from mega_toys.lake.table import Table

PREFIX = "mega_toys_"  # of the folders of spools
_BATCH_RECORDS = 40_000
_BATCH_BYTES = 16 << 20  # objects of Python take some ten times as much
_SPILL_BYTES = 128 << 20


@dataclass
class Spool:
    """Rows on their way to one commit; beyond some size they wait on disk."""

    table: Table
    at: dt.datetime
    folder: Path
    batches: list[Batch] = field(default_factory=list)
    frames: list[pl.DataFrame] = field(default_factory=list)
    spilled: list[Path] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    waiting: int = 0  # records of the batches
    weight: int = 0  # bytes that these were read from

    def add(self, file: LandingFile) -> int:
        """Read a file; one that turns out to be unreadable leaves no row."""
        rows = 0
        try:
            for batch in read(file, self.table.fields):
                self.batches.append(batch)
                rows += batch.records.height
                self.waiting += batch.records.height
                self.weight += batch.records.weight
                self._settle(_BATCH_RECORDS)
        except UnreadableFileError:
            self.forget(file)
            raise
        return rows

    def forget(self, file: LandingFile) -> None:
        """Let the rows of a file be no rows."""
        self.forgotten.append(file.path)

    def _settle(self, most: int) -> None:
        """Turn the batches into frames when they are many, and write these when they are big."""
        if self.waiting >= most or self.weight >= _BATCH_BYTES:
            self.frames += frames(self.batches, self.table.fields, self.at)
            self.batches.clear()
            self.waiting = self.weight = 0
        if sum(frame.estimated_size() for frame in self.frames) > _SPILL_BYTES:
            path = self.folder / f"{len(self.spilled)}.parquet"
            whole = pl.concat([frame.select(list(self.table.schema)) for frame in self.frames])
            whole.write_parquet(path, compression="zstd", compression_level=1)
            self.spilled.append(path)
            self.frames.clear()

    def rows(self) -> pl.LazyFrame:
        """All rows of the files that could be read."""
        self._settle(0)
        nothing = pl.LazyFrame(schema=self.table.schema)
        held = [frame.select(list(self.table.schema)).lazy() for frame in self.frames]
        every = pl.concat([nothing, *(pl.scan_parquet(p, glob=False) for p in self.spilled), *held])
        forgotten = pl.Series(self.forgotten, dtype=pl.String)
        return every.filter(~pl.col("_file").is_in(forgotten.implode()))
