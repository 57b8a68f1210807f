"""Messages of a topic become rows, and rows the landing files of their partitions."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import polars as pl

from mega_toys.sources.topic_files import SCHEMA

if TYPE_CHECKING:
    from confluent_kafka import Message

MOST_ROWS, MOST_BYTES = 250_000, 32 << 20  # of a landing file
MOST_HELD = 64 << 20  # bytes that wait to land, of all partitions
_DAY_MS = 86_400_000
_MS = itemgetter(1)  # of a kind of time, which is 0 where there is none, and the time
_EPOCH = dt.date(1970, 1, 1)


def rows_of(messages: Sequence["Message"]) -> pl.DataFrame:
    """A row a message, in the columns of a stream's delivery."""
    of = type(messages[0])  # its methods are mapped: a loop would cost twice as much
    headers = list(map(of.headers, messages))
    return pl.DataFrame(
        {
            "topic": pl.repeat(messages[0].topic(), len(messages), dtype=pl.String, eager=True),
            "partition": pl.Series(list(map(of.partition, messages)), dtype=pl.Int32),
            "offset": pl.Series(list(map(of.offset, messages)), dtype=pl.Int64),
            "timestamp": _times(messages).cast(SCHEMA["timestamp"]),
            "key": pl.Series(list(map(of.key, messages)), dtype=pl.Binary),
            "value": pl.Series(list(map(of.value, messages)), dtype=pl.Binary),
            "headers": _headers(headers)
            if any(headers)
            else pl.repeat(None, len(messages), dtype=SCHEMA["headers"], eager=True),
        }
    )


def _times(messages: Sequence["Message"]) -> pl.Series:
    """Milliseconds since 1970, null where there is no time.

    No pair is kept: what keeps very many of them is looked through for garbage again and again.
    """
    said = type(messages[0]).timestamp
    times = pl.Series(list(map(_MS, map(said, messages))), dtype=pl.Int64)
    if bool((times <= 0).any()):  # it may be none
        times = pl.Series(
            [ms if kind else None for kind, ms in map(said, messages)], dtype=pl.Int64
        )
    return times


def _headers(told: Sequence[Any]) -> pl.Series:
    found = [one and [{"key": key, "value": value} for key, value in one] for one in told]
    return pl.Series(found, dtype=SCHEMA["headers"])


@dataclass
class _Part:
    """Rows of a partition that wait to land in one file."""

    day: int  # since 1970
    frames: list[pl.DataFrame] = field(default_factory=list)
    rows: int = 0
    size: int = 0

    def add(self, rows: pl.DataFrame) -> None:
        self.frames.append(rows)
        self.rows += rows.height
        self.size += int(rows.estimated_size())

    @property
    def is_full(self) -> bool:
        return self.rows >= MOST_ROWS or self.size >= MOST_BYTES


@dataclass
class Gathered:
    """Rows by partition, until they are many enough for a file.

    A file's landing day is that of its first record, though not after today's, and a record of a
    later day begins another file.
    """

    today: dt.date
    parts: dict[int, _Part] = field(default_factory=dict)

    def add(self, partition: int, rows: pl.DataFrame) -> Iterator[tuple[dt.date, pl.DataFrame]]:
        """Further rows of a partition, in the order of their offsets; the files that are whole."""
        while rows.height:
            part = self.parts.setdefault(partition, _Part(self._day(rows["timestamp"][:1])))
            many = rows.height
            if is_later := self._day(rows["timestamp"]) > part.day:
                many = (self._days(rows) > part.day).arg_true()[0]
            part.add(rows[:many])
            if part.is_full or is_later:
                yield self._whole(partition)
            rows = rows[many:]
        while self.parts and sum(part.size for part in self.parts.values()) > MOST_HELD:
            yield self._whole(max(self.parts, key=lambda one: self.parts[one].size))

    def rest(self) -> Iterator[tuple[dt.date, pl.DataFrame]]:
        """The files of what still waits."""
        for partition in sorted(self.parts):
            yield self._whole(partition)

    def _whole(self, partition: int) -> tuple[dt.date, pl.DataFrame]:
        part = self.parts.pop(partition)
        return _EPOCH + dt.timedelta(part.day), pl.concat(part.frames)

    def _day(self, times: pl.Series) -> int:
        """The latest day of some times."""
        ms, today = times.cast(pl.Int64), (self.today - _EPOCH).days
        last = ms.max()
        if not isinstance(last, int) or ms.null_count():
            return today
        return min(max(last // _DAY_MS, 0), today)

    def _days(self, rows: pl.DataFrame) -> pl.Series:
        """The day of each record; today's of one that is without time, or ahead."""
        today = (self.today - _EPOCH).days
        days = rows["timestamp"].cast(pl.Int64) // _DAY_MS
        return days.fill_null(today).clip(0, today)
