"""What a file may make of its bytes: records, those that cannot be read, names told once.

The formats bound what they decompress and hold; this bounds what is made of it afterwards.
"""

from collections.abc import Set
from dataclasses import dataclass, field, replace
from typing import Self

import polars as pl

from mega_toys.ingestion.formats.records import Records, UnreadableFileError
from mega_toys.ingestion.landing_file import TEXT_FORMATS, LandingFile
from mega_toys.lake.fields.native import JsonTexts, Values

MOST_RECORDS = 250_000  # of a file, beside one for so many bytes of it, as it lies:
PLAIN_BYTES, PACKED_BYTES = 2, 1  # of text, and of what is compressed or columns
MOST_EMPTY = 250_000  # records without a value, where they are more than the others
MOST_UNREADABLE = 250_000  # records of a file, where they are more than the others
MOST_NAMED = 64 << 20  # bytes of names, beside twice what was read
MOST_TEXT, MOST_TEXT_TIMES = 256 << 20, 8  # bytes of text, beside so many times what was read


@dataclass
class Bounds:
    """What was read of a file so far."""

    most: int  # records
    records: int = 0
    empty: int = 0
    unreadable: int = 0
    weight: int = 0
    named: int = 0  # bytes of the names that records are rescued with

    @classmethod
    def of(cls, file: LandingFile) -> Self:
        """Those of a file of its size."""
        is_plain = file.format in TEXT_FORMATS and not file.compression
        return cls(MOST_RECORDS + file.size // (PLAIN_BYTES if is_plain else PACKED_BYTES))

    def within(self, records: Records) -> Records:
        """Further records of the file, with the names they are rescued with in their weight.

        Raises UnreadableFileError where the file goes beyond its bounds.
        """
        named = sum(len("".join(extra)) for extra in records.extras.values())
        self.empty += _empty(records)
        self.records += records.height
        self.unreadable += len(records.unreadable)
        self.weight += records.weight
        self.named += named
        self._refuse_many()
        self._refuse_no_records()
        self._refuse_names()
        return replace(records, weight=records.weight + named)

    def _refuse_many(self) -> None:
        """Refuse a bomb of records: each takes microseconds, however little it holds."""
        if self.records > self.most:
            raise UnreadableFileError(f"has more than {self.most:,} records, too many for its size")

    def _refuse_no_records(self) -> None:
        """Refuse what is mostly no records: each costs time, here and in the quarantine."""
        if self.unreadable > MOST_UNREADABLE and 2 * self.unreadable > self.records:
            raise UnreadableFileError(
                f"has more than {MOST_UNREADABLE:,} records that cannot be read, and fewer that can"
            )
        if self.empty > MOST_EMPTY and 2 * self.empty > self.records:
            raise UnreadableFileError(
                f"has more than {MOST_EMPTY:,} records without a value in any field of its "
                "dataset, and fewer with one"
            )

    def _refuse_names(self) -> None:
        """Refuse long names that a file tells once and that each record is rescued with."""
        if self.named > MOST_NAMED + 2 * self.weight:
            raise UnreadableFileError(
                "has unknown columns whose names, in each record that is rescued, take more than "
                f"{MOST_NAMED >> 20} MiB and twice its size"
            )


def _empty(records: Records) -> int:
    """How many of some records have no value in any declared field."""
    if any(map(_is_full, records.columns.values())):  # as the key of a good file
        return 0
    empty = pl.repeat(True, records.height, dtype=pl.Boolean, eager=True)
    for values in records.columns.values():
        empty &= _lacking(values)
    return int(empty.sum()) - len(records.unreadable)


def _is_full(values: Values) -> bool:
    """Whether there is a value in each record, as can be seen at once."""
    if isinstance(values, JsonTexts):
        return not values.texts.has_nulls()
    return not _lacking(values).any() if isinstance(values, pl.Series) else all(values)


def _lacking(values: Values) -> pl.Series:
    if isinstance(values, JsonTexts):
        return values.texts.is_null()
    if not isinstance(values, pl.Series):
        return pl.Series([value is None or value == "" for value in values], dtype=pl.Boolean)
    null = values.is_null()
    return null | (values == "").fill_null(value=False) if values.dtype == pl.String else null


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
