"""The partitions of a topic: what waits in each, and its records until where it ends now."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from mega_toys.declared.errors import SourceError, UnreachableError
from mega_toys.ingestion.formats.json_records import uncollected
from mega_toys.sources.messages import rows_of
from mega_toys.sources.topic_files import End

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message, TopicPartition

ANSWERS_WITHIN_S, SILENT_S = 10, 30
AT_ONCE = 20_000  # messages
_FIRST_AT_ONCE, _BYTES_AT_ONCE = 500, 16 << 20


@dataclass(frozen=True)
class Span:
    """A partition that is to be read after the end of what landed, from its first record on."""

    partition: int
    end: End
    first: int

    @property
    def begin(self) -> int:
        """The offset to read from: the last that landed, by which the partition is known again."""
        return max(self.first, self.end.offset - 1)

    @property
    def gone(self) -> str:
        """That records are gone before they landed; empty where none are."""
        if not self.end.last or self.first <= self.end.offset:
            return ""
        return (
            f"partition {self.partition} begins at offset {self.first:,}, and until "
            f"{self.end.offset:,} has landed: {self.first - self.end.offset:,} records are gone, "
            "which the topic no longer keeps"
        )


class MadeAnewError(Exception):
    """A partition has not the record that landed last, but another one, or ends before."""

    def __init__(self, span: Span) -> None:
        self.span = span
        super().__init__(
            f"partition {span.partition} has not the record of offset {span.end.offset - 1:,} that "
            "landed: the topic was made anew"
        )


@dataclass(frozen=True)
class Partitions:
    """The partitions of a topic, and what reads them."""

    topic: str
    consumer: "Consumer"
    complaints: list[str]  # of the driver, as it goes
    highs: dict[int, int] = field(default_factory=dict)  # the offset after the last, where known

    def span(self, partition: int, end: End) -> Span:
        """A partition after an end."""
        asked = self._at(partition)
        return Span(partition, end, self.consumer.get_watermark_offsets(asked, ANSWERS_WITHIN_S)[0])

    def numbers(self) -> list[int]:
        """All of them. Raises SourceError where there is no such topic."""
        told = self.consumer.list_topics(self.topic, ANSWERS_WITHIN_S).topics[self.topic]
        if told.error or not told.partitions:
            raise SourceError(
                f"there is no topic {self.topic}, or the reader may not read it: allow it READ on "
                "the topic and on its group"
            )
        return sorted(told.partitions)

    def many(self, spans: Sequence[Span]) -> int:
        """How many records wait at most: offsets may be without."""
        begun = {span.partition: max(span.first, span.end.offset) for span in spans}
        return sum(max(self.highs.get(at, 0) - first, 0) for at, first in begun.items())

    def read(
        self, spans: Sequence[Span], at_once: int | None = None
    ) -> Iterator[tuple[int, pl.DataFrame]]:
        """The records of each, in the order of their offsets, some at a time, until where it ended
        when it was first heard of.

        Raises MadeAnewError where one does not go on where what landed ends.
        """
        left = {span.partition: span for span in spans}
        nexts = {span.partition: span.begin for span in spans}
        self.consumer.assign([self._at(span.partition, span.begin) for span in spans])
        for messages, ended in self._messages(at_once or AT_ONCE, left) if left else ():
            self._hear(left)
            for rows in rows_of(messages).partition_by("partition") if messages else ():
                partition = rows["partition"][0]
                if not (span := left.get(partition)):
                    continue
                nexts[partition], new = rows["offset"][-1] + 1, rows
                if rows["offset"][0] < span.end.offset:
                    if not span.end.is_before(rows):
                        raise MadeAnewError(span)
                    new = rows.filter(pl.col("offset") >= span.end.offset)
                if new.height:
                    yield partition, new
            done = [at for at in left if at in ended or nexts[at] >= self.highs.get(at, 1 << 63)]
            for partition in done:
                left.pop(partition)
            if not left:
                return
            self.consumer.pause([self._at(partition) for partition in done])

    def _hear(self, left: dict[int, Span]) -> None:
        """Note where partitions end. MadeAnewError where that is before what landed."""
        for partition in left.keys() - self.highs.keys():
            asked = self._at(partition)
            high = self.consumer.get_watermark_offsets(asked, ANSWERS_WITHIN_S, cached=True)[1]
            if high >= 0:
                self.highs[partition] = high
                if high < left[partition].begin:
                    raise MadeAnewError(left[partition])

    def _messages(
        self, at_once: int, left: dict[int, Span]
    ) -> Iterator[tuple[list["Message"], set[int]]]:
        """Messages as they come, and the partitions that end with them.

        Raises UnreachableError where none comes for long.
        """
        heard, many = time.monotonic(), min(at_once, _FIRST_AT_ONCE)
        while True:
            with uncollected():  # messages hold no circles
                came = self.consumer.consume(many, 0.05)
            if came:
                heard = time.monotonic()
            elif time.monotonic() - heard > SILENT_S:
                raise UnreachableError(self.complaint or f"no answer for {SILENT_S} s")
            records, ended = [one for one in came if one.error() is None], set[int]()
            if len(records) < len(came):
                ended = self._ended([one for one in came if one.error()], left)
            yield records, ended
            if records:
                size = sum(map(len, records)) // len(records)
                many = max(1, min(at_once, _BYTES_AT_ONCE // (size + 1)))

    def _ended(self, errors: Sequence["Message"], left: dict[int, Span]) -> set[int]:
        """The partitions that end. Raises SourceError where a message says what is in the way."""
        from confluent_kafka import KafkaError

        ended = set()
        for error, partition in ((one.error(), int(one.partition() or 0)) for one in errors):
            if error is None or error.retriable() or error.code() == KafkaError._TRANSPORT:
                continue
            if error.code() == KafkaError._AUTO_OFFSET_RESET and partition in left:
                raise MadeAnewError(left[partition])
            if error.code() != KafkaError._PARTITION_EOF:
                raise SourceError(error.str())
            ended.add(partition)
        return ended

    @property
    def complaint(self) -> str:
        """The last thing that the driver complained of."""
        return self.complaints[-1] if self.complaints else ""

    def _at(self, partition: int, offset: int = 0) -> "TopicPartition":
        from confluent_kafka import TopicPartition

        return TopicPartition(self.topic, partition, offset)
