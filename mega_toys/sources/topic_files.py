"""What of a topic lies in the landing zone: each partition a chain of files, each of which begins
where the one before it ends.

<system>.<topic>~<partition>~<generation>~<offset>.kafka.parquet

The offset is that after the last record of the file before. A file is made only if there is none of
its name, so of two pullers that write the same one wins, and the other looks again. A partition
that was begun anew, as its topic was, is of the next generation; one that was empty then, of the
one after that, which a file without records says.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import polars as pl

from mega_toys.declared.errors import SourceError
from mega_toys.lake.store.place import Place

SCHEMA = pl.Schema(
    {
        "topic": pl.String(),
        "partition": pl.Int32(),
        "offset": pl.Int64(),
        "timestamp": pl.Datetime("ms", "UTC"),
        "key": pl.Binary(),
        "value": pl.Binary(),
        "headers": pl.List(pl.Struct({"key": pl.String(), "value": pl.Binary()})),
    }
)
SUFFIX = ".kafka.parquet"
_NAME = re.compile(r"~(?P<partition>[0-9]+)~(?P<generation>[0-9]+)~(?P<offset>[0-9]+)")
_EPOCH, _LAST_MS = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), 253_402_300_800_000  # of year 9999
_TOLD = ("offset", "timestamp", "key", "value")  # by which a record is known again


@dataclass(frozen=True)
class End:
    """Where the landing files of a partition end."""

    generation: int = 1
    offset: int = 0  # that of the next record
    last: tuple[Any, ...] | None = None  # what the last record tells

    @property
    def at(self) -> dt.datetime | None:
        """The broker's time of the last record; none where it has none, or one of no calendar."""
        ms = self.last[1] if self.last else None
        return None if ms is None or not 0 <= ms < _LAST_MS else _EPOCH + dt.timedelta(0, 0, 0, ms)

    def after(self, rows: pl.DataFrame) -> "End":
        """Where they end with these records."""
        last = _told(rows).row(-1)
        return End(self.generation, last[0] + 1, last)

    def anew(self) -> "End":
        """The beginning of the next generation."""
        return End(self.generation + 1)

    def named(self, partition: int) -> str:
        """The rest of the name of the file that begins here; names come in the order of offsets."""
        return f"~{partition:05}~{self.generation:03}~{self.offset:020}{SUFFIX}"

    def is_before(self, rows: pl.DataFrame) -> bool:
        """Whether records, of which the first ones may have landed, go on here: a record of the
        offset of the last one that landed is that one.
        """
        if self.last is None:
            return True
        same = rows.filter(pl.col("offset") == self.last[0])
        return same.is_empty() or _told(same).row(0) == self.last


def ends_in(root: Place, prefix: str, paths: Iterable[str]) -> dict[int, End]:
    """Where each partition ends, of which the landing zone has files with names of this prefix."""
    newest: dict[int, tuple[tuple[int, int], str]] = {}
    for path in paths:
        name = path.rpartition("/")[2]
        if not (name.startswith(f"{prefix}~") and name.endswith(SUFFIX)):
            continue
        if found := _NAME.fullmatch(name[len(prefix) :].removesuffix(SUFFIX)):
            partition, *begun = (int(found[part]) for part in ("partition", "generation", "offset"))
            place = (begun[0], begun[1])
            newest[partition] = max(newest.get(partition, (place, path)), (place, path))
    ends = {}
    for partition, ((generation, offset), path) in newest.items():
        rows, end = _last(root, path), End(generation, offset)
        ends[partition] = end.anew() if rows.is_empty() else end.after(rows)
    return ends


def _told(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(_TOLD).cast({"timestamp": pl.Int64})


def _last(root: Place, path: str) -> pl.DataFrame:
    try:
        rows = pl.read_parquet(BytesIO(root.read(path) or b""), columns=list(_TOLD))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        rows = pl.DataFrame()
    if not rows.width:
        raise SourceError(
            f"{root}/{path} cannot be read, and tells where to go on: put it back as it was"
        )
    return rows
