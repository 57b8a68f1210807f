"""What a file may make of its bytes: records, those that cannot be read, names told once.

The formats bound what they decompress and hold; this bounds what is made of it afterwards.
"""

from collections.abc import Set
from dataclasses import dataclass, field, replace

import polars as pl

from mega_toys.ingestion.formats.records import Records, UnreadableFileError

MOST_RECORDS = 250_000  # of a text file, beside one a byte of it as it lies, compressed or not
MOST_UNREADABLE = 250_000  # records of a file, where they are more than the others
MOST_NAMED = 64 << 20  # bytes of names, beside twice what was read
MOST_TEXT, MOST_TEXT_TIMES = 256 << 20, 8  # bytes of text, beside so many times what was read


@dataclass
class Bounds:
    """What was read of a file so far."""

    size: int | None = None  # bytes of a text file, as it lies
    records: int = 0
    unreadable: int = 0
    weight: int = 0
    named: int = 0  # bytes of the names that records are rescued with

    def within(self, records: Records) -> Records:
        """Further records of the file, with the names they are rescued with in their weight.

        Raises UnreadableFileError where the file goes beyond its bounds.
        """
        named = sum(len("".join(extra)) for extra in records.extras.values())
        self.records += records.height
        self.unreadable += len(records.unreadable)
        self.weight += records.weight
        self.named += named
        self._refuse_many()
        self._refuse_no_records()
        self._refuse_names()
        return replace(records, weight=records.weight + named)

    def _refuse_many(self) -> None:
        """Refuse a bomb of records: each takes microseconds, however well it is compressed."""
        if self.size is not None and self.records > MOST_RECORDS + self.size:
            raise UnreadableFileError(
                f"has more than {MOST_RECORDS:,} records beside one for each of its bytes"
            )

    def _refuse_no_records(self) -> None:
        """Refuse what is mostly no records: each costs time, here and in the quarantine."""
        if self.unreadable > MOST_UNREADABLE and 2 * self.unreadable > self.records:
            raise UnreadableFileError(
                f"has more than {MOST_UNREADABLE:,} records that cannot be read, and fewer that can"
            )

    def _refuse_names(self) -> None:
        """Refuse long names that a file tells once and that each record is rescued with."""
        if self.named > MOST_NAMED + 2 * self.weight:
            raise UnreadableFileError(
                "has unknown columns whose names, in each record that is rescued, take more than "
                f"{MOST_NAMED >> 20} MiB and twice its size"
            )


@dataclass
class TextOfRows:
    """How much text was made of files whose rows are made together."""

    files: Set[int] = field(default_factory=frozenset)
    size: int = 0
    weight: int = 0

    def within(self, rows: pl.DataFrame, weight: int, files: Set[int]) -> None:
        """Take in further rows, of so many bytes; of one file they add up, however many they are.

        Raises UnreadableFileError where names within values, which binary formats tell once, are
        repeated without end.
        """
        if self.files != files or len(files) > 1:
            self.files, self.size, self.weight = frozenset(files), 0, 0
        texts = rows.select(pl.col(pl.String).exclude("_file").str.len_bytes().cast(pl.Int64).sum())
        self.size += sum(size or 0 for size in texts.row(0))
        self.weight += weight
        if self.size > MOST_TEXT + MOST_TEXT_TIMES * self.weight:
            raise UnreadableFileError(
                "has values whose text, with the names that are repeated in it, takes more than "
                f"{MOST_TEXT >> 20} MiB and {MOST_TEXT_TIMES} times its size"
            )
