import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mega_toys.declared.errors import QueryError
from mega_toys.domains.supply.gold.inventory_position import TABLE
from mega_toys.lake.reading.sql import Database
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.note import Note
from mega_toys.lake.store.store import Store
from mega_toys_tests.lakes import DECLARED

FIRST = dt.date(2026, 2, 27)
QUERY = """SELECT day, sku, opening, receipts, closing FROM supply.semantic.inventory_daily
           ORDER BY sku, day"""


def after(days: int) -> dt.date:
    return FIRST + dt.timedelta(days=days)


def position(sku: str, day: int, opening: int, receipts: int) -> dict[str, Any]:
    moved = {"shipments": 0, "returns": 0, "adjustments": 0, "days_of_supply": None}
    closing = {"opening": opening, "receipts": receipts, "closing": opening + receipts}
    return {"day": after(day), "sku": sku, "warehouse_id": "W", **moved, **closing}


def test_the_days_between_hold_what_the_last_movement_left(tmp_path: Path) -> None:
    stored = Work(Store(str(tmp_path)), DECLARED).stored(TABLE)
    store = Store(str(tmp_path))
    store.create(stored)
    told = [position("T", 0, 0, 5), position("T", 3, 5, 2), position("U", 2, 0, 9)]
    rows = pl.LazyFrame(told, schema=stored.schema)
    store.replace_days(stored, rows, {row["day"] for row in told}, Note(run="r", batch="b"))

    assert Database.of(store, DECLARED, QUERY).answer(QUERY).rows() == [
        (after(0), "T", 0, 5, 5),
        (after(1), "T", 5, 0, 5),
        (after(2), "T", 5, 0, 5),
        (after(3), "T", 5, 2, 7),
        (after(2), "U", 0, 9, 9),
        (after(3), "U", 9, 0, 9),
    ]


def test_a_view_of_a_table_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=r"supply\.semantic\.inventory_daily cannot be made"):
        Database.of(Store(str(tmp_path)), DECLARED, QUERY)
