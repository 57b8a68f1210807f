"""Which rows of a table changed since a version, told commit by commit."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from mega_toys.declared.catalog import Catalog
from mega_toys.lake.news.changes import changed_rows
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.note import Note
from mega_toys.lake.store.store import Store
from mega_toys.lake.store.tables import Stored

FIRST, SECOND = dt.date(2026, 3, 10), dt.date(2026, 3, 11)
LOTS = pl.List(pl.Struct({"lot_id": pl.String(), "quantity": pl.Float64()}))
STORED = Stored(
    "test.silver.t", pl.Schema({"day": pl.Date(), "id": pl.Int64(), "lots": LOTS}), "day"
)


@pytest.fixture
def work(tmp_path: Path) -> Work:
    made = Work(Store(str(tmp_path)), Catalog([]))
    made.store.create(STORED)
    return made


def put(work: Work, day: dt.date, **lots: float | None) -> int:
    """Replace a day's rows; the version after."""
    told = [
        {"day": day, "id": int(name[1:]), "lots": [{"lot_id": name, "quantity": quantity}]}
        for name, quantity in lots.items()
    ]
    rows = pl.LazyFrame(told, schema=STORED.schema)
    work.store.replace_days(STORED, rows, [day], Note(run="r", batch="b", days=(day,)))
    return work.store.version(STORED.name)


def changed(work: Work, version: int | None) -> list[tuple[int, float | None]] | None:
    rows = changed_rows(STORED, version, work)
    if rows is None:
        return None
    quantities = [lots[0]["quantity"] for lots in rows["lots"].to_list()]
    return sorted(zip(rows["id"].to_list(), quantities, strict=True), key=str)


def test_rows_that_came_went_or_are_others_now_changed(work: Work) -> None:
    version = put(work, FIRST, l1=1, l2=2, l3=None)
    put(work, FIRST, l2=2, l3=3, l4=4)

    assert changed(work, version) == [(1, 1), (3, 3), (3, None), (4, 4)]
    assert changed(work, version + 1) == []


def test_a_row_that_came_and_went_again_changed(work: Work) -> None:
    version = put(work, FIRST, l1=1)
    put(work, FIRST, l1=1, l2=2)
    put(work, FIRST, l1=1)

    assert changed(work, version) == [(2, 2), (2, 2)]


def test_a_commit_is_read_only_on_the_days_that_it_changed(work: Work) -> None:
    put(work, FIRST, l1=1)
    version = put(work, SECOND, l2=2)
    first = Path(work.store.uri(STORED.name)) / f"day={FIRST}"
    put(work, SECOND, l2=3)

    for path in first.glob("*.parquet"):
        path.unlink()

    assert changed(work, version) == [(2, 2), (2, 3)]


def test_what_is_not_known_is_not_told(work: Work) -> None:
    version = put(work, FIRST, l1=1)
    put(work, FIRST, l1=2)
    assert changed(work, None) is None

    for path in Path(work.store.uri(STORED.name)).glob("day=*/*.parquet"):  # as a vacuum would
        path.unlink()

    assert changed(work, version) is None


def test_a_commit_of_another_writer_is_not_known(work: Work) -> None:
    version = put(work, FIRST, l1=1)
    row = pl.DataFrame([{"day": FIRST, "id": 2, "lots": []}], schema=STORED.schema)
    row.write_delta(work.store.uri(STORED.name), mode="append")

    assert changed(work, version) is None
