"""A topic of machines' readings, pulled into the landing zone of a lake."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from mega_toys.address import Address
from mega_toys.declared import sent
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.source import System, Topic
from mega_toys.declared.table import Bronze
from mega_toys.operations.pulling import Asked, Pulled, pull, waiting
from mega_toys.sources import messages
from mega_toys_tests.lakes import Lake


class ReceivedEvents(sent.Received):
    """One event, as received."""

    event_id = sent.text()
    ts = sent.time()
    value = sent.number(optional=True)


ReceivedEvents.__module__ = "crm.bronze.events"


def events(topic: str) -> Bronze:
    """The bronze table of a topic."""
    source = System("crm", topic, Topic())
    return Bronze(
        rows=ReceivedEvents,
        dataset=Dataset(key=("event_id",), business_time=("ts",), source=source),
        contract=Contract(owner="crm-data"),
    )


@dataclass
class Stream:
    """A topic of a broker, made here unless it is to be made by who sends, and where it lands."""

    port: int
    folder: Path
    topic: str
    partitions: int = 2
    options: str = ""
    more: dict[str, Any] = field(default_factory=dict)  # how clients of the test reach the broker
    lake: Lake = field(init=False)

    def __post_init__(self) -> None:
        self.lake = Lake(self.folder, Catalog([self.table]))
        if self.partitions:
            self.create()

    @property
    def servers(self) -> dict[str, Any]:
        """The broker, as clients take it."""
        return {"bootstrap.servers": f"127.0.0.1:{self.port}", "log_level": 0, **self.more}

    @property
    def table(self) -> Bronze:
        """The bronze table of the topic."""
        return events(self.topic)

    def create(self) -> None:
        """Make the topic."""
        admin = AdminClient(self.servers)
        made = admin.create_topics([NewTopic(self.topic, self.partitions)])
        made[self.topic].result(10)

    def delete(self) -> None:
        """Remove the topic."""
        admin = AdminClient(self.servers)
        admin.delete_topics([self.topic])[self.topic].result(10)

    def send(self, values: Iterable[bytes | None], partition: int = 0, **more: Any) -> None:
        """Produce records into a partition, each with its number as a key."""
        producer = Producer({**self.servers, "queue.buffering.max.messages": 10**6, **more})
        for at, value in enumerate(values):
            producer.produce(self.topic, value, str(at).encode(), partition)
        assert producer.flush(30) == 0

    def asked(self, url: str = "", *, anew: bool = False) -> Asked:
        """What is to be pulled."""
        address = Address(url or f"kafka://127.0.0.1:{self.port}{self.options}")
        source = self.table.dataset.source
        assert isinstance(source, System)
        return Asked(self.table, source, address, self.lake.zone, anew)

    def pull(self, *, anew: bool = False) -> Pulled:
        """Pull once; nothing may fail."""
        (pulled,) = pull([self.asked(anew=anew)])
        assert pulled.error == ""
        return pulled

    def error(self, url: str = "") -> str:
        """Why a pull fails."""
        (pulled,) = pull([self.asked(url)])
        return pulled.error

    def waits(self) -> int:
        """How many records wait."""
        (told,) = waiting([self.asked()])
        assert told.error == ""
        return told.waits.rows if told.waits else 0

    def files(self) -> list[Path]:
        """The landing files, in the order of arrival."""
        return sorted(self.lake.landing.rglob("[!.]*.kafka.parquet"))

    def landed(self) -> pl.DataFrame:
        """All records that landed, those that landed twice twice."""
        return pl.concat(map(pl.read_parquet, self.files()))

    def offsets(self, partition: int = 0) -> list[int]:
        """The offsets of a partition that landed, ascending."""
        rows = self.landed().filter(pl.col("partition") == partition)
        return sorted(rows["offset"])


def no_topics(port: int, *names: str) -> None:
    """Remove topics that are there."""
    admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}"})
    if there := sorted({*names} & admin.list_topics(timeout=10).topics.keys()):
        for gone in admin.delete_topics(there).values():
            gone.result(10)


def values(many: int | Sequence[int]) -> list[bytes]:
    """Events as JSON, of the fifth of January 2026."""
    numbers = range(many) if isinstance(many, int) else many
    return [
        json.dumps({"event_id": f"e-{n}", "ts": "2026-01-05T12:00:00Z", "value": n / 2}).encode()
        for n in numbers
    ]


def keep_pulling(port: int, folder: Path, topic: str) -> None:
    """Pull for ever, into small files."""
    messages.MOST_ROWS = 300
    stream = Stream(port, folder, topic, partitions=0)
    while True:
        stream.pull()


def keep_sending(port: int, folder: Path, topic: str, many: int) -> None:
    """Send so many records into each of two partitions, some at a time."""
    stream = Stream(port, folder, topic, partitions=0)
    for first in range(0, many, 50):
        for partition in (0, 1):
            stream.send(values(range(first, first + 50)), partition)
