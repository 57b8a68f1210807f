"""Files of random records: new ones, and others sent again under the same name."""

import json
from dataclasses import dataclass
from random import Random

import polars as pl
import polars.selectors as cs

from mega_toys.faults.records import DATASETS, FIRST_DAY, KEYS, REFERENCES, Record, record
from mega_toys.simulator import formats

FORMS = (
    ".ndjson", ".ndjson", ".csv", ".csv", ".json", ".jsonl", ".avro", ".parquet",
    ".kafka.parquet", ".ndjson.gz", ".csv.zst", ".json.zst",
)  # fmt: skip
_MOST_RECORDS = 5
_DAYS = 3
_UNREADABLE = b"\x00 no format begins so"
_REFERENCES_ARE_SENT = 0.5


@dataclass(frozen=True)
class Delivery:
    """A file as it arrives: its path below the landing root, its bytes, and what they are."""

    path: str
    content: bytes
    what: str


class Sender:
    """Sends files; remembers what each path has held, to send it again or otherwise."""

    def __init__(self, rng: Random, datasets: frozenset[str]) -> None:
        self._rng = rng
        self._datasets = sorted(datasets & set(DATASETS))
        self._sent: dict[str, list[Delivery]] = {}
        self._records: dict[str, list[Record]] = {}

    @property
    def paths(self) -> list[str]:
        """Every path that held something."""
        return sorted(self._sent)

    def new(self, dataset: str | None = None) -> Delivery:
        """A file under a name of its own, or under one that was there."""
        rng = self._rng
        dataset = dataset or self._some_dataset()
        day = FIRST_DAY.replace(day=FIRST_DAY.day + rng.randrange(_DAYS))
        path = f"{dataset}/{day}/{rng.choice('ab')}{rng.choice(FORMS)}"
        return self._records_of(path, self._some_records(dataset), "new")

    def again(self) -> Delivery:
        """A path that held something, with other content; of a reference more often."""
        rng = self._rng
        paths = self.paths
        mine = [path for path in paths if _dataset(path) in REFERENCES]
        path = rng.choice(mine if mine and rng.random() < _REFERENCES_ARE_SENT else paths)
        before, way = self._records.get(path, []), rng.choice(_WAYS)
        if way == "back":
            return self._remembered(rng.choice(self._sent[path]))
        if way in ("torn", "emptied", "unreadable"):
            whole = self._sent[path][-1].content
            content = {"torn": whole[: len(whole) // 2], "emptied": b""}.get(way, _UNREADABLE)
            return self._remembered(Delivery(path, content, way))
        kept = [one for one in before if rng.random() < 0.5]
        more = self._some_records(_dataset(path)) if way == "others" or not kept else []
        return self._records_of(path, [*kept, *more], way)

    def _some_dataset(self) -> str:
        references = [name for name in self._datasets if name in REFERENCES]
        if references and self._rng.random() < _REFERENCES_ARE_SENT:
            return self._rng.choice(references)
        return self._rng.choice(self._datasets)

    def _some_records(self, dataset: str) -> list[Record]:
        least = KEYS if dataset in REFERENCES else 1
        many = self._rng.randint(least, _MOST_RECORDS + least)
        return [record(dataset, self._rng) for _ in range(many)]

    def _records_of(self, path: str, records: list[Record], way: str) -> Delivery:
        self._records[path] = records
        content = encoded(records, _form(path), torn=self._rng.random() < 0.1)
        return self._remembered(Delivery(path, content, f"{way}, {len(records)} records"))

    def _remembered(self, delivery: Delivery) -> Delivery:
        self._sent.setdefault(delivery.path, []).append(delivery)
        return delivery


_WAYS = ("fewer", "fewer", "others", "others", "back", "back", "torn", "emptied", "unreadable")


def encoded(records: list[Record], form: str, *, torn: bool = False) -> bytes:
    """The bytes of a file of this form; a plain one may end in the middle of a line."""
    if form in (".ndjson", ".jsonl"):
        lines = [json.dumps(one) for one in records]
        return "\n".join([*lines, '{"torn": '] if torn else lines).encode()
    if form == ".json":
        return json.dumps(records).encode()
    frame = _texts(records)
    if form == ".parquet":  # whose amounts are of a type that an odd one has no place in
        amounts = cs.by_name(*formats.MONEY, require_all=False)
        frame = frame.with_columns(amounts.cast(pl.Decimal(18, 4), strict=False))
    return formats.encoded(frame, form)


def _texts(records: list[Record]) -> pl.DataFrame:
    """The records as a frame of texts, which every type takes."""
    names = list(dict.fromkeys(name for one in records for name in one))
    return pl.DataFrame(
        {name: [_text(one.get(name)) for one in records] for name in names},
        schema=dict.fromkeys(names, pl.String),
    )


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def _dataset(path: str) -> str:
    return "/".join(path.split("/")[:2])


def _form(path: str) -> str:
    return "." + path.rsplit("/", 1)[-1].split(".", 1)[1]
