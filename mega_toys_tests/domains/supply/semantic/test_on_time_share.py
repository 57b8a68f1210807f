import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from mega_toys.domains.commerce.silver.orders import Orders
from mega_toys.domains.supply.silver.stock_movements import StockMovements
from mega_toys.lake.reading.reader import Reader
from mega_toys_tests.domains.asked import FIRST, lake_of, near

PLACED = dt.datetime(2026, 1, 20, 9, tzinfo=dt.UTC)
NUMBERS = [f"O{at}" for at in range(40)]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Forty orders; of each that left, two shipments, the later after 24 to 72 hours."""
    folder: Path = tmp_path_factory.mktemp("lake")
    placed = Orders.sample(
        40,
        overrides={
            "order_id": NUMBERS, "day": FIRST, "placed_at": PLACED,
            "status": ["cancelled", *["delivered"] * 39], "channel": ["web", "app"] * 20,
            "country": ["BE", "DE", "FR", "NL"] * 10,
        },
    )  # fmt: skip
    left = {
        "order_id": [*NUMBERS[:35], *NUMBERS[:35], None, "O36"],
        "kind": [*["shipment"] * 71, "return"],
        "moved_at": [PLACED + dt.timedelta(hours=hours) for hours in
                     (*range(35), *(24 + at % 49 for at in range(0, 105, 3)), 9, 9)],
        "quantity": [-1] * 71 + [1],
        "day": FIRST,
    }  # fmt: skip
    lake_of(folder, Orders, placed.lazy())
    return lake_of(folder, StockMovements, StockMovements.sample(72, overrides=left).lazy())


def test_an_order_is_on_time_where_its_last_piece_left_within_two_days(lake: Reader) -> None:
    last = (
        lake.scan("supply.silver.stock_movements")
        .filter(pl.col("kind") == "shipment")
        .group_by("order_id")
        .agg(pl.col("moved_at").max())
    )
    orders = lake.scan("commerce.silver.orders").filter(pl.col("status") != "cancelled")
    hours = (pl.col("moved_at") - pl.col("placed_at")).dt.total_seconds() / 3600
    told = orders.join(last, on="order_id").with_columns(on_time_share=(hours <= 48))

    by = told.group_by("channel", "country").agg(pl.col("on_time_share").mean())
    assert near(lake, "on_time_share", ["channel", "country"], by)
    assert 0 < lake.metric("on_time_share").item() < 1
    assert told.collect().height == 34


def test_exactly_two_days_are_in_time(lake: Reader) -> None:
    told = lake.sql(
        "SELECT is_on_time FROM supply.semantic.shipped_orders "
        "WHERE shipped_at = placed_at + INTERVAL 48 HOUR"
    )
    assert set(told["is_on_time"]) == {True}
