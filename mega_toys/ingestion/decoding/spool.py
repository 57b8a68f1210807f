"""Bronze rows between their files and their commit, in bounded memory."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from mega_toys.declared.table import Bronze
from mega_toys.ingestion.decoding.apart import Result, decoded
from mega_toys.ingestion.decoding.being_read import BeingRead
from mega_toys.ingestion.decoding.fitted import Batch, frames, read
from mega_toys.ingestion.decoding.request import Request
from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys.ingestion.landing_file import LandingFile

FOREIGN = ("avro", "parquet", "kafka", "xlsx")  # formats that libraries decode, and may die of
_BATCH_RECORDS = 40_000
_BATCH_BYTES = 16 << 20  # objects of Python take some ten times as much
_SPILL_BYTES = 128 << 20


@dataclass
class Spool:
    """Rows on their way to one commit; beyond some size they wait on disk."""

    table: Bronze
    at: dt.datetime
    folder: Path
    most_mb: int
    being_read: BeingRead
    batches: list[Batch] = field(default_factory=list)
    frames: list[pl.DataFrame] = field(default_factory=list)
    spilled: list[Path] = field(default_factory=list)
    decoded: list[Path] = field(default_factory=list)  # by another process
    forgotten: list[str] = field(default_factory=list)
    waiting: int = 0  # records of the batches
    weight: int = 0  # bytes that these were read from

    def read(self, files: Sequence[LandingFile]) -> Iterator[tuple[LandingFile, Result]]:
        """Read files, and tell of each what became of it; an unreadable one leaves no row."""
        apart = [file for file in files if file.size and self._is_read_apart(file)]
        for file in sorted(set(files) - set(apart), key=lambda file: file.path):
            self.being_read.begin(file.path)
            yield file, self._add(file)
        self._settle(0)
        request = Request(
            apart, self.table.fields, self.at, f"{self.folder}/", self.table.dataset.sent_as
        )
        for done in decoded(request, self.most_mb):
            self.decoded += done.pieces
            for file, result in done.results:
                if isinstance(result, UnreadableFileError):
                    self.forget(file)
                yield file, result

    def _is_read_apart(self, file: LandingFile) -> bool:
        """Whether reading it may end a process, or has."""
        return file.format in FOREIGN or file.path in self.being_read.suspects

    def _add(self, file: LandingFile) -> Result:
        rows = 0
        try:
            for batch in read(file, self.table.fields, self.table.dataset.sent_as):
                self.batches.append(batch)
                rows += batch.records.height
                self.waiting += batch.records.height
                self.weight += batch.records.weight
                self._settle(_BATCH_RECORDS)
        except UnreadableFileError as unreadable:
            self.forget(file)
            return unreadable
        return rows

    def forget(self, file: LandingFile) -> None:
        """Let the rows of a file be no rows."""
        self.forgotten.append(file.path)

    def _settle(self, most: int) -> None:
        """Turn the batches into frames when they are many, and write these when they are big."""
        if self.waiting >= most or self.weight >= _BATCH_BYTES:
            self.frames += frames(self.batches, self.table.fields, self.at)
            self.batches.clear()
            self.being_read.fitted()
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
        spilled = [pl.scan_parquet(path, glob=False) for path in self.spilled]
        columns = list(self.table.schema)
        decoded = [pl.scan_ipc(path, glob=False).select(columns) for path in self.decoded]
        every = pl.concat([nothing, *spilled, *decoded, *held])
        forgotten = pl.Series(self.forgotten, dtype=pl.String)
        return every.filter(~pl.col("_file").is_in(forgotten.implode()))
