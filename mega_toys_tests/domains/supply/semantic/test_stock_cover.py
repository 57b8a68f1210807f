import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from mega_toys.domains.supply.gold.inventory_position import TABLE, InventoryPosition
from mega_toys_tests.domains.asked import lake_of

LAST = dt.date(2026, 2, 10)


def position(warehouse: str, day: dt.date, shipments: int, closing: int) -> dict[str, Any]:
    other = {"opening": 0, "receipts": 0, "returns": 0, "adjustments": 0, "days_of_supply": None}
    where = {"sku": "T", "warehouse_id": warehouse, "day": day}
    return where | {"shipments": shipments, "closing": closing} | other


def test_the_stock_of_the_last_day_lasts_as_long_as_the_mean_day_of_the_period_takes(
    tmp_path: Path,
) -> None:
    told = [
        position("E", dt.date(2026, 1, 30), 6, 100),
        position("E", LAST, 14, 40),
        position("U", dt.date(2026, 2, 1), 0, 9),
    ]
    lake = lake_of(tmp_path, InventoryPosition, pl.LazyFrame(told, schema=TABLE.schema))

    assert lake.metric("stock_cover", ["month", "warehouse"]).rows() == [
        (dt.date(2026, 1, 1), "E", 100 / (6 / 2)),
        (dt.date(2026, 2, 1), "E", 40 / (14 / 10)),
        (dt.date(2026, 2, 1), "U", None),
    ]
    assert lake.metric("stock_cover").item() == (40 + 9) / (20 / 12)
