"""Kafka, and what speaks its protocol, by confluent-kafka.

Partitions are assigned, so no group decides who reads what; how far pulls came stands in the
landing zone, and the group is told of it as a courtesy to those who watch its lag.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

import polars as pl

from mega_toys.address import Address
from mega_toys.declared.errors import DriverMissingError, SourceError, UnreachableError
from mega_toys.declared.source import System
from mega_toys.sources.contents import of_rows
from mega_toys.sources.kafka_address import configured
from mega_toys.sources.landed import Landed, NewFile
from mega_toys.sources.messages import Gathered
from mega_toys.sources.partitions import MadeAnewError, Partitions, Span
from mega_toys.sources.schema_registry import Schemas
from mega_toys.sources.topic_files import SCHEMA, End
from mega_toys.sources.waiting import Waiting

EXTRA = "kafka"
_TO_LOOK_AT = 100  # messages, by which it is told how long they wait
_READING = {
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "error",
    "isolation.level": "read_committed",
    "fetch.wait.max.ms": 100,
    "queued.max.messages.kbytes": 32 << 10,
    "reconnect.backoff.max.ms": 1000,
    "log_level": 0,
}


def pull(source: System, address: Address, landed: Landed) -> Iterator[NewFile]:
    """The landing files of what is new, of each partition in the order of its offsets."""
    with _opened(source, address) as partitions:
        yield from _Pull(partitions, landed, Schemas(address)).files()


def pending(source: System, address: Address, landed: Landed) -> Waiting:
    """What a pull would bring, at most: offsets may be without records. Nothing lands."""
    with _opened(source, address) as partitions:
        return _Pull(partitions, landed, Schemas(address)).waiting()


@dataclass
class _Pull:
    """One way through what is new in a topic."""

    partitions: Partitions
    landed: Landed
    schemas: Schemas
    faults: list[str] = field(default_factory=list)
    begun_anew: set[int] = field(default_factory=set)  # partitions

    def files(self) -> Iterator[NewFile]:
        """The landing files; SourceError after them where a partition does not go on."""
        spans = self._spans()
        gathered = Gathered(dt.datetime.now(dt.UTC).date())
        while spans:
            try:
                for partition, rows in self.partitions.read(spans):
                    for day, whole in gathered.add(partition, rows):
                        yield from self._landing(day, whole, spans)
                left = []
            except MadeAnewError as other:
                left = self._without(other, spans)
            for day, whole in gathered.rest():
                yield from self._landing(day, whole, spans)
            spans = [replace(span, end=self._end(span.partition)) for span in left]
        yield from self._begun_without_records()
        self._commit()
        self._refuse()

    def _landing(self, day: dt.date, rows: pl.DataFrame, spans: list[Span]) -> Iterator[NewFile]:
        """The file of rows of a partition. When it is asked for what follows, it has landed."""
        partition = rows["partition"][0]
        end = self._end(partition)
        after = end.after(rows)
        yield NewFile(
            f"{self.landed.prefix}{end.named(partition)}",
            of_rows(rows, self.schemas.of(rows)), rows.height,
            End().after(rows[:1]).at, after.at, day, self.partitions.many(spans), is_next=True,
        )  # fmt: skip
        self.landed.ends[partition] = after

    def _begun_without_records(self) -> Iterator[NewFile]:
        """The files without records that say of empty partitions that they began anew."""
        for partition, end in sorted(self.landed.ends.items()):
            if end.generation > 1 and end.last is None and partition in self.begun_anew:
                name = f"{self.landed.prefix}{end.named(partition)}"
                today = dt.datetime.now(dt.UTC).date()
                yield NewFile(name, of_rows(SCHEMA.to_frame()), 0, day=today, is_next=True)
                self.landed.ends[partition] = end.anew()

    def _begin_anew(self, partition: int, end: End) -> None:
        self.landed.ends[partition] = end.anew()
        self.begun_anew.add(partition)

    def _end(self, partition: int) -> End:
        return self.landed.ends.get(partition, End())

    def _without(self, other: MadeAnewError, spans: list[Span]) -> list[Span]:
        """The partitions to read on: all but the one that was made anew, or that from its start."""
        partition = other.span.partition
        self.partitions.highs.pop(partition, None)
        if not self.landed.anew:
            self.faults.append(f"{other}")
            return [span for span in spans if span.partition != partition]
        self._begin_anew(partition, other.span.end)
        return spans

    def waiting(self) -> Waiting:
        """How many records wait at most, and since when; none where there are but gaps."""
        spans = self._spans()
        firsts: dict[int, dt.datetime | None] = {}
        try:
            for partition, rows in self.partitions.read(spans, _TO_LOOK_AT):
                firsts.setdefault(partition, End().after(rows[:1]).at)
                if len(firsts) == len(spans):
                    break
        except MadeAnewError as other:
            self.faults.append(f"{other}")
        self._refuse()
        return Waiting(
            self.partitions.many([span for span in spans if span.partition in firsts]),
            max((end.at for end in self.landed.ends.values() if end.at), default=None),
            min((at for at in firsts.values() if at), default=None),
        )

    def _spans(self) -> list[Span]:
        """The partitions, but for those of which records are gone."""
        spans = []
        for partition in self.partitions.numbers():
            span = self.partitions.span(partition, self._end(partition))
            if span.gone and self.landed.anew:
                self._begin_anew(partition, span.end)
                span = replace(span, end=self._end(partition))
            if span.gone:
                self.faults.append(span.gone)
            else:
                spans.append(span)
        return spans

    def _refuse(self) -> None:
        """Raise SourceError where partitions do not go on where what landed ends."""
        if self.faults:
            raise SourceError(
                f"{'; '.join(sorted(self.faults))}. To begin there with what the topic has now: "
                f"mega-toys pull {self.landed.table.name} --anew"
            )

    def _commit(self) -> None:
        """Tell the group how far the landing zone is; what it answers does not matter."""
        from confluent_kafka import KafkaException, TopicPartition

        topic = self.landed.source.object
        ends = [TopicPartition(topic, at, end.offset) for at, end in self.landed.ends.items()]
        with suppress(KafkaException):
            self.partitions.consumer.commit(offsets=ends, asynchronous=False) if ends else None


@contextmanager
def _opened(source: System, address: Address) -> Iterator[Partitions]:
    """The topic. SourceError where anything refuses."""
    try:
        from confluent_kafka import Consumer, KafkaError, KafkaException
    except ImportError:
        raise DriverMissingError(address.kind, EXTRA) from None
    complaints: list[str] = []

    def complain(error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # which says no more than that
            complaints.append(error.str())

    try:
        consumer = Consumer({**_READING, **configured(address), "error_cb": complain})
    except KafkaException as error:
        raise SourceError(address.without_secrets(error.args[0].str())) from None
    partitions = Partitions(source.object, consumer, complaints)
    try:
        yield partitions
    except UnreachableError as error:
        raise UnreachableError(address.without_secrets(f"{error}")) from None
    except KafkaException as error:
        consumer.poll(0)  # which lets the driver complain
        spoken = configured(address).get("security.protocol", "PLAINTEXT")
        said = f"{error.args[0].str()} (by {spoken}: is that the security.protocol of its port?)"
        told = partitions.complaint or said
        raise UnreachableError(address.without_secrets(told)) from None
    finally:
        consumer.close()
