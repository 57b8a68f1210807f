"""How records of partitions are cut into landing files, and what the files' names tell."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from mega_toys.declared.errors import SourceError
from mega_toys.lake.store.place import place_of
from mega_toys.sources import messages
from mega_toys.sources.messages import Gathered
from mega_toys.sources.topic_files import SCHEMA, End, ends_in

MONDAY = dt.date(2026, 1, 5)
DAY_MS = 86_400_000


def rows(*times: float | None, first: int = 0, partition: int = 0) -> pl.DataFrame:
    """Records at times that are told in days since Monday."""
    monday = (MONDAY - dt.date(1970, 1, 1)).days
    ms = [None if at is None else round((monday + at) * DAY_MS) for at in times]
    offsets = range(first, first + len(times))
    told = {"partition": partition, "offset": offsets, "timestamp": ms, "value": [b"{}"] * len(ms)}
    return pl.DataFrame(told).with_columns(topic=None, key=None, headers=None).select(
        pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()
    )  # fmt: skip


def cut(*sent: pl.DataFrame, today: float = 9) -> list[tuple[int, list[int]]]:
    """Days since Monday and offsets of the files of a partition."""
    gathered = Gathered(MONDAY + dt.timedelta(today))
    files = [file for one in sent for file in gathered.add(0, one)]
    files += gathered.rest()
    return [((day - MONDAY).days, whole["offset"].to_list()) for day, whole in files]


@pytest.mark.parametrize(
    ("times", "files"),
    [
        ([0.1, 0.9, 1.1], [(0, [0, 1]), (1, [2])]),
        ([1.1, 0.9, 1.2, 2.0], [(1, [0, 1, 2]), (2, [3])]),
        ([0.1, 700, 0.2], [(0, [0]), (9, [1, 2])]),
        ([None, 0.2], [(9, [0, 1])]),
    ],
    ids=["a later day", "an earlier one", "a time ahead counts as today", "no time as today"],
)
def test_a_file_lands_on_the_day_of_its_first_record_and_ends_before_a_later_day(
    times: list[float | None], files: list[tuple[int, list[int]]]
) -> None:
    assert cut(rows(*times)) == files
    one_by_one = [rows(at, first=offset) for offset, at in enumerate(times)]
    assert cut(*one_by_one) == files


@dataclass
class Told:
    """A message, of which the kind of its time is 0 where it has none."""

    time: tuple[int, int]

    def timestamp(self) -> tuple[int, int]:
        return self.time

    def topic(self) -> str:
        return "t"

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self.time[1]

    def key(self) -> bytes | None:
        return None

    value = headers = key


@pytest.mark.parametrize(
    ("said", "ms"),
    [
        ([(1, 5), (2, 7)], [5, 7]),
        ([(1, 5), (0, -1), (0, 0)], [5, None, None]),
        ([(1, -1), (1, 0), (0, 0)], [-1, 0, None]),
    ],
    ids=["times", "none", "of 1970 and before"],
)
def test_a_record_has_the_time_that_the_broker_tells(
    said: list[tuple[int, int]], ms: list[int | None]
) -> None:
    found = messages.rows_of([Told(one) for one in said])  # type: ignore[misc]

    assert found["timestamp"].cast(pl.Int64).to_list() == ms
    assert found.schema == SCHEMA


def test_a_file_ends_when_it_is_full_or_too_much_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MOST_ROWS", 2)
    assert cut(rows(0, 0), rows(0, first=2)) == [(0, [0, 1]), (0, [2])]
    monkeypatch.setattr(messages, "MOST_ROWS", 9)
    monkeypatch.setattr(messages, "MOST_HELD", 100)
    gathered = Gathered(MONDAY)
    few = list(gathered.add(0, rows(0)))
    many = list(gathered.add(1, rows(0, 0, 0, 0, 0, 0, partition=1)))
    assert (few, [whole["partition"][0] for _, whole in many]) == ([], [1])


def test_where_a_partition_ends_is_read_from_its_newest_file(tmp_path: Path) -> None:
    files = {
        (0, End()): rows(0, 0),
        (0, End(1, 2)): rows(0, 0, first=5),  # what was between has been compacted
        (1, End(1, 9)): rows(0, first=9, partition=1),
        (1, End(2, 0)): rows(0, partition=1),  # begun anew
    }
    for (partition, end), held in files.items():
        held.write_parquet(tmp_path / f"crm.events{end.named(partition)}")
    paths = [path.name for path in tmp_path.iterdir()] + ["crm.events~export~00000001~ab.parquet"]

    ends = ends_in(place_of(tmp_path), "crm.events", paths)

    found = {at: (end.generation, end.offset) for at, end in ends.items()}
    assert found == {0: (1, 7), 1: (2, 1)}
    (tmp_path / f"crm.events{End(1, 7).named(0)}").write_bytes(b"torn")
    with pytest.raises(SourceError, match="put it back"):
        ends_in(place_of(tmp_path), "crm.events", [f"crm.events{End(1, 7).named(0)}"])
