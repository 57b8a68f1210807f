"""Kafka is filled, by confluent-kafka: a record as JSON, at the instant when it came about."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from mega_toys.address import Address
from mega_toys.declared.errors import DriverMissingError, SourceError, UnreachableError
from mega_toys.simulator.formats import encoded
from mega_toys.sources.kafka import EXTRA
from mega_toys.sources.kafka_address import configured
from mega_toys.toy_systems.told import NOTES, Target

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient

_PARTITIONS, _ANSWERS_WITHIN_S, _SENT_WITHIN_S = 3, 10, 60
_AT_ONCE = 10_000  # records between two looks at what the driver has to say


@dataclass
class _Topics:
    options: dict[str, Any]
    group: str
    admin: "AdminClient"
    errors: list[str] = field(default_factory=list)

    def until(self, target: Target) -> dt.datetime | None:
        """Until when it was told the story; none where it was not."""
        if target.object not in self.admin.list_topics(timeout=_ANSWERS_WITHIN_S).topics:
            return None
        noted = self._noted(target)
        target.refuse(noted.get("story"))
        return dt.datetime.fromisoformat(noted["until"]) if "until" in noted else None

    def put(self, target: Target, rows: pl.DataFrame, until: dt.datetime) -> None:
        """Send records in their order; note until when.

        A process that is killed in between sends the same once more.
        """
        if target.object not in self.admin.list_topics(timeout=_ANSWERS_WITHIN_S).topics:
            self._make(target)
        values = encoded(rows.select(*target.fields), ".ndjson").split(b"\n")[:-1]
        times = rows["_at"].dt.epoch("ms")
        self._send(target.object, zip(rows[target.key], values, times, strict=True))
        self._note(target, until)

    def _make(self, target: Target) -> None:
        from confluent_kafka.admin import NewTopic  # type: ignore[attr-defined]

        self._note(target)
        (made,) = self.admin.create_topics([NewTopic(target.object, _PARTITIONS)]).values()
        made.result(_ANSWERS_WITHIN_S)

    def _note(self, target: Target, until: dt.datetime | None = None) -> None:
        told = {"story": target.story} | ({"until": str(until)} if until else {})
        now = round(dt.datetime.now(dt.UTC).timestamp() * 1000)
        self._send(NOTES, [(target.object, json.dumps(told).encode(), now)])

    def _send(self, topic: str, records: Any) -> None:
        from confluent_kafka import Producer

        producer = Producer({**self.options, "log_level": 0, "linger.ms": 20})
        for at, (key, value, ms) in enumerate(records):
            producer.produce(topic, value, str(key), timestamp=ms, on_delivery=self._delivered)
            if at % _AT_ONCE == 0:
                producer.flush(_SENT_WITHIN_S)
        left = producer.flush(_SENT_WITHIN_S)
        if left or self.errors:
            raise SourceError(f"{topic}: {(self.errors or ['no answer'])[0]}")

    def _delivered(self, error: Any, _: object) -> None:
        if error is not None:
            self.errors.append(error.str())

    def _noted(self, target: Target) -> dict[str, str]:
        """The last note of a topic; empty where there is none."""
        from confluent_kafka import Consumer, TopicPartition

        quiet = {"log_level": 0, "enable.partition.eof": True, "group.id": self.group}
        consumer = Consumer({**self.options, **quiet})
        found: dict[str, str] = {}
        try:
            topic = consumer.list_topics(NOTES, _ANSWERS_WITHIN_S).topics[NOTES]
            left = set(topic.partitions)
            consumer.assign([TopicPartition(NOTES, at, 0) for at in left])
            while left:
                for one in consumer.consume(_AT_ONCE, 0.1):
                    if one.error():
                        left.discard(one.partition() or 0)
                    elif one.key() == target.object.encode():
                        found = json.loads(one.value() or b"{}")
        finally:
            consumer.close()
        return found


@contextmanager
def opened(system: str, address: Address) -> Iterator[_Topics]:
    """The system. Raises UnreachableError where it cannot be reached, SourceError of a refusal."""
    try:
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient
    except ImportError:
        raise DriverMissingError(address.kind, EXTRA) from None
    options = configured(address)
    clients = {name: value for name, value in options.items() if name != "group.id"}
    try:
        admin = AdminClient({**clients, "log_level": 0})
        admin.list_topics(timeout=_ANSWERS_WITHIN_S)
    except KafkaException as error:
        told = address.without_secrets(error.args[0].str())
        raise UnreachableError(f"{system} cannot be reached: {told}") from None
    try:
        yield _Topics(clients, options["group.id"], admin)
    except KafkaException as error:
        raise SourceError(f"{system}: {address.without_secrets(error.args[0].str())}") from None
