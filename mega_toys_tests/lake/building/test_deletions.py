"""Keys that are gone, by a mark or since a complete delivery lacks them, whatever came when.

Expected is worked out here by walking through the records one by one.
"""

import datetime as dt
import shutil
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dataframely as dy
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mega_toys.declared import columns, sent
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset, Deleted
from mega_toys.declared.table import Bronze, Current, FromBronze, History, Reference
from mega_toys.lake.judging import deletions, winners
from mega_toys.lake.own.accounts import DELETIONS
from mega_toys.lake.run.outcome import Outcome
from mega_toys_tests.dying import ending_at
from mega_toys_tests.lakes import Lake

MARCH = [dt.date(2026, 3, day) for day in range(1, 8)]
STEPS = [
    f"{what}.written:{nth}"
    for what in ("quarantine", "deletions", "accounts", "silver")
    for nth in (1, 2, 3)
]
GONE = 0  # the value that stands for a mark
OWNER = Contract(owner="tests")


class ReceivedItems(sent.Received):
    """An item."""

    __module__ = "x.stock.bronze.items"
    item = sent.text()
    value = sent.whole()
    op = sent.text(optional=True)
    at = sent.time()
    updated_at = sent.time()


class Items(columns.Accepted):
    """An item now, on its day."""

    __module__ = "x.stock.silver.current"
    day = dy.Date()
    item = dy.String(primary_key=True)
    value = dy.Int64()
    updated_at = columns.instant()


class ItemsWhole(columns.Accepted):
    """An item now."""

    __module__ = "x.stock.silver.reference"
    item = dy.String(primary_key=True)
    value = dy.Int64()
    updated_at = columns.instant()


class ItemVersions(columns.Versioned):
    """A version of an item."""

    __module__ = "x.stock.silver.history"
    item = dy.String(primary_key=True)
    value = dy.Int64()
    updated_at = columns.instant()


def items(received: dy.LazyFrame[ReceivedItems]) -> pl.LazyFrame:
    return received


KINDS = {Current: Items, Reference: ItemsWhole, History: ItemVersions}
DATASET = Dataset(key=("item",), business_time=("at",), sequence="updated_at")
COMPLETE = replace(DATASET, complete=True)
MARKED = replace(DATASET, deleted=Deleted("op", "d"))
MARKED_BY_ANY = replace(DATASET, deleted=Deleted("op"))


def catalog(dataset: Dataset, kinds: Collection[type[FromBronze]] = tuple(KINDS)) -> Catalog:
    bronze = Bronze(rows=ReceivedItems, dataset=dataset, contract=OWNER)
    made = [
        kind(rows=rows, received_from=ReceivedItems, build=items, contract=OWNER)  # type: ignore[abstract]
        for kind, rows in KINDS.items()
        if kind in kinds
    ]
    return Catalog([bronze, *made])


@dataclass(frozen=True, order=True)
class Record:
    """A record sent; the order is that in which it was received."""

    day: int
    file: str
    row: int
    key: str
    value: int
    seq: int  # hours of the first of March

    @property
    def updated_at(self) -> dt.datetime:
        return midnight(0) + dt.timedelta(hours=self.seq)


Files = dict[tuple[int, str], list[tuple[str, int, int]]]
FILES = st.dictionaries(
    st.tuples(st.integers(1, 5), st.sampled_from("ab")),
    st.lists(st.tuples(st.sampled_from("kl"), st.integers(0, 2), st.integers(0, 3)), max_size=3),
    min_size=1, max_size=4,
)  # fmt: skip


def midnight(day: int) -> dt.datetime:
    return dt.datetime.combine(MARCH[day], dt.time(), dt.UTC)


def send(lake: Lake, files: Files) -> None:
    (bronze,) = lake.catalog.bronze
    other = None if bronze.dataset.deleted == MARKED_BY_ANY.deleted else "u"
    for (day, file), told in files.items():
        rows = [
            {
                "item": key, "value": value, "op": "d" if value == GONE else other,
                "at": f"{MARCH[day]}T12:00:00Z",
                "updated_at": (midnight(0) + dt.timedelta(hours=seq)).isoformat(),
            }
            for key, value, seq in told
        ]  # fmt: skip
        lake.send(f"stock/items/{MARCH[day]}/{file}.ndjson", *rows)


def records(files: Files) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for (day, file), told in sorted(files.items()):
        for row, (key, value, seq) in enumerate(told):
            found.setdefault(key, []).append(Record(day, file, row, key, value, seq))
    return found


def runs(mine: list[Record], days: list[int]) -> Iterator[tuple[list[Record], int | None]]:
    """The records of each time that complete deliveries had the key, and when it was gone."""
    run: list[Record] = []
    for day in days:
        there = [one for one in mine if one.day == day]
        if run and not there:
            yield run, day
            run = []
        run += there
    if run:
        yield run, None


def first_like_last(same: list[Record]) -> Record:
    return next(one for one in same if one.value == same[-1].value)


def by_sequence(mine: list[Record]) -> Iterator[Record]:
    """Of the records with the same sequence one, in the order of sequences."""
    for seq in sorted({one.seq for one in mine}):
        yield first_like_last([one for one in mine if one.seq == seq])


@dataclass
class Told:
    """What a table is to hold: rows, and how many records each day accepts."""

    rows: list[tuple[object, ...]]
    accepted: Counter[dt.date]

    def accept(self, record: Record) -> None:
        self.accepted[MARCH[record.day]] += 1


def newest(files: Files, *, complete: bool, is_reference: bool) -> Told:
    told = Told([], Counter())
    days = sorted({day for (day, _), rows in files.items() if rows})
    for key, received in sorted(records(files).items()):
        mine = received
        if complete:
            *_, (mine, gone) = runs(received, days)
            if gone is not None:
                continue
        row: Record | None = None
        end: Record | None = None
        for one in sorted(mine, key=lambda one: (one.seq, one)):
            if one.value == GONE and not complete:
                row, end = None, one if row else end
            else:
                row, end = one, None
        if row and is_reference:
            same = [one for one in mine if one.seq == row.seq]
            alive = [one for one in same if complete or one.value != GONE]
            row = first_like_last(alive)
        if row:
            told.rows.append((key, row.value, row.updated_at))
        if counts := row or end:
            told.accept(counts)
    return told


def history(files: Files, *, complete: bool) -> Told:
    told = Told([], Counter())
    days = sorted({day for (day, _), rows in files.items() if rows})
    for key, received in sorted(records(files).items()):
        found = list(runs(received, days)) if complete else [(received, None)]
        for number, (mine, gone) in enumerate(found):
            steps = list(by_sequence(mine))
            steps = steps[-1:] if number else steps  # all were changed before it came back
            begins = midnight(mine[0].day) if number else None
            _walk(told, key, steps, begins, gone, complete)
    told.rows.sort()
    return told


def _walk(
    told: Told,
    key: str,
    steps: list[Record],
    begins: dt.datetime | None,
    gone: int | None,
    complete: bool,
) -> None:
    begun: tuple[int, dt.datetime] | None = None
    for one in steps:
        at = begins or one.updated_at
        is_end = one.value == GONE and not complete
        if (begun is None and is_end) or (begun and not is_end and begun[0] == one.value):
            continue
        told.accept(one)
        if begun:
            told.rows.append((key, *begun, at))
        begun = None if is_end else (one.value, at)
    if begun:
        told.rows.append((key, *begun, midnight(gone) if gone is not None else None))


def assert_as_told(lake: Lake, name: str, told: Told, *shown: str) -> None:
    table = f"stock.silver.{name}"
    assert lake.rows(table, "item", *shown).rows() == told.rows
    mine = lake.rows("lake.row_accounts").filter(table=table).filter(pl.col("received") > 0)
    assert +Counter(dict(mine.select("day", "accepted").rows())) == told.accepted
    assert mine.filter(pl.col("duplicates") < 0).is_empty()
    groups = lake.rows("lake.accepted").filter(table=table).group_by("day").agg(pl.sum("accepted"))
    assert dict(groups.rows()) == told.accepted


@pytest.mark.slow
@pytest.mark.parametrize("dataset", [COMPLETE, MARKED], ids=["complete", "marked"])
@settings(max_examples=3, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(first=FILES, then=FILES, died_at=st.sampled_from(STEPS))
def test_a_key_that_is_gone_ends_whenever_what_was_sent_is_taken_in(
    dataset: Dataset, first: Files, then: Files, died_at: str
) -> None:
    with TemporaryDirectory() as folder:
        lake = Lake(Path(folder), catalog(dataset))
        send(lake, first)
        lake.refresh()
        send(lake, then)
        with ending_at(died_at):
            lake.refresh()
        outcomes = lake.refresh()
        assert not any(outcome.failed for outcome in outcomes.values())

        files, complete = {**first, **then}, dataset.complete
        now = ("value", "updated_at")
        for name in ("current", "reference"):
            told = newest(files, complete=complete, is_reference=name == "reference")
            assert_as_told(lake, name, told, *now)
        versions = history(files, complete=complete)
        assert_as_told(lake, "history", versions, "value", "valid_from", "valid_to")


TORN, UNREADABLE = "no JSON", "\ufeff".encode("utf-16")
ROUND = st.dictionaries(
    st.tuples(st.integers(1, 4), st.sampled_from("ab")),
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from("klm"), st.integers(0, 2), st.integers(0, 3)),
            st.sampled_from([("k", -1, 0), TORN, UNREADABLE]),
        ),
        max_size=4,
    ),
    min_size=1, max_size=3,
)  # fmt: skip


def deliver(lake: Lake, files: dict[tuple[int, str], list[Any]]) -> None:
    """Records, one in five of them invalid, beside a line or a whole file that cannot be read."""
    for (day, file), told in files.items():
        path = f"stock/items/{MARCH[day]}/{file}.ndjson"
        rows = [one for one in told if isinstance(one, tuple)]
        send(lake, {(day, file): rows})
        content = (lake.landing / path).read_bytes()
        content += f"{TORN}\n".encode() if TORN in told else b""
        if UNREADABLE in told:
            lake.land(path, UNREADABLE + content)
        elif TORN in told:
            lake.land(path, content)


def stands(lake: Lake) -> list[list[tuple[object, ...]]]:
    """All that a lake says of the items, but for when."""
    silver = [f"stock.silver.{kind}" for kind in ("current", "reference", "history")]
    rejected = [name.replace("silver", "quarantine") for name in silver]
    own = ["lake.row_accounts", "lake.accepted", "lake.deletions"]
    return [
        sorted(lake.rows(name).drop("_ingested_at", "quarantined_at", strict=False).rows(), key=str)
        for name in (*silver, *rejected, *own)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("dataset", [DATASET, COMPLETE, MARKED], ids=["none", "complete", "marked"])
@settings(max_examples=3, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(rounds=st.lists(ROUND, min_size=2, max_size=4), at_once=st.sampled_from([2, 1000]))
def test_what_was_taken_in_bit_by_bit_is_as_taken_in_at_once(
    dataset: Dataset, rounds: list[dict[tuple[int, str], list[Any]]], at_once: int
) -> None:
    with TemporaryDirectory() as bit, TemporaryDirectory() as at_one_go:
        lake = Lake(Path(bit), catalog(dataset), rows_at_once=at_once)
        for files in rounds:
            deliver(lake, files)
            assert not any(outcome.failed for outcome in lake.refresh().values())
        fresh = Lake(Path(at_one_go), catalog(dataset))
        shutil.copytree(lake.landing, fresh.landing, dirs_exist_ok=True)
        fresh.refresh()
        assert stands(lake) == stands(fresh)


def flagged(files: Files, *, complete: bool) -> pl.DataFrame:
    """The records as valid rows, with what their dataset tells of deletions."""
    told = [one for mine in records(files).values() for one in mine]
    names = {"item": pl.String, "value": pl.Int64, "updated_at": pl.Datetime("us", "UTC")}
    schema = {**names, "_file": pl.String, "_row": pl.Int64, "_landed_on": pl.Date}
    rows = pl.DataFrame(
        [(r.key, r.value, r.updated_at, r.file, r.row, MARCH[r.day]) for r in told],
        schema=schema, orient="row",
    ).sample(fraction=1, shuffle=True, seed=1)  # fmt: skip
    deleted = pl.lit(False) if complete else pl.col("value") == GONE
    rows = rows.with_columns(_ingested_at=pl.lit(midnight(0)), _deleted=deleted)
    if not complete:
        return rows.with_columns(**deletions.NO_RUNS)
    there = rows.select("item", "_landed_on").unique()
    days = there["_landed_on"].unique().to_list()
    return rows.join(deletions.runs(there, days, ["item"]), on=["item", "_landed_on"])


def as_told(rows: pl.DataFrame, ended: pl.DataFrame, *shown: str) -> Told:
    days = Counter([*rows["_landed_on"], *ended["_landed_on"]])
    return Told(rows.select("item", *shown).sort("item", *shown[1:]).rows(), days)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(files=FILES, complete=st.booleans())
def test_what_is_left_of_any_records_is_as_walked_through_one_by_one(
    files: Files, complete: bool
) -> None:
    rows, by = flagged(files, complete=complete), (["item"], "updated_at")
    for winner in (winners.current, winners.reference):
        is_reference = winner is winners.reference
        found = as_told(*deletions.newest(rows, *by, winner), "value", "updated_at")
        assert found == newest(files, complete=complete, is_reference=is_reference)
    found = as_told(*deletions.versions(rows, *by), "value", "valid_from", "valid_to")
    expected = history(files, complete=complete)
    assert sorted(found.rows, key=str) == sorted(expected.rows, key=str)
    assert found.accepted == expected.accepted


@pytest.mark.parametrize(
    "dataset", [DATASET, MARKED, MARKED_BY_ANY], ids=["no deletions", "marked", "marked by any"]
)
def test_marks_that_somebody_removed_are_found_again_by_the_tables_that_have_some(
    dataset: Dataset, tmp_path: Path
) -> None:
    lake = Lake(tmp_path, catalog(dataset))
    send(lake, {(1, "a"): [("k", 1, 0), ("k", GONE, 1)]})
    lake.refresh()
    marks = lake.rows(DELETIONS.name).sort("table")
    shutil.rmtree(tmp_path / "lake" / "lake" / "deletions")

    outcomes = lake.refresh()

    assert lake.rows(DELETIONS.name).sort("table").equals(marks)
    assert marks.height == (len(KINDS) if dataset.deleted else 0)
    assert bool(outcomes["stock.silver.current"].touched) == (dataset.deleted is not None)


@pytest.mark.slow
def test_a_delivery_of_which_a_file_cannot_be_read_ends_nothing_until_it_can(
    tmp_path: Path,
) -> None:
    lake = Lake(tmp_path, catalog(COMPLETE, [Reference]))
    send(lake, {(1, "a"): [("k", 1, 0), ("l", 1, 0)], (2, "a"): [("k", 1, 0)]})
    lake.land(f"stock/items/{MARCH[2]}/b.ndjson", UNREADABLE)
    outcome = lake.refresh()["stock.bronze.items"]

    assert lake.rows("stock.silver.reference", "item")["item"].to_list() == ["k", "l"]
    assert _warned(outcome) == {"deliveries_are_complete", "files_are_read"}

    lake.land(f"stock/items/{MARCH[2]}/b.ndjson", b"")  # gives no row, and no commit of one
    outcome = lake.refresh()["stock.bronze.items"]

    assert lake.rows("stock.silver.reference", "item")["item"].to_list() == ["k"]
    assert _warned(outcome) == set()

    send(lake, {(3, "a"): [("k", 1, 0), ("l", 1, 0)]})
    lake.refresh()
    lake.land(f"stock/items/{MARCH[4]}/b.ndjson", UNREADABLE)  # alone, it ends nothing either
    assert "deliveries_are_complete" in _warned(lake.refresh()["stock.bronze.items"])
    assert lake.rows("stock.silver.reference", "item")["item"].to_list() == ["k", "l"]
    versions = lake.versions()
    lake.refresh()
    assert lake.versions() == versions


def _warned(outcome: Outcome) -> set[str]:
    return {check.name for check in outcome.checks if not check.passed}
