import datetime as dt
import json
from decimal import Decimal
from typing import Any

import polars as pl

from mega_toys.domains.commerce.bronze.orders import ReceivedOrders
from mega_toys.domains.commerce.silver.order_lines import OrderLines, order_lines
from mega_toys.domains.commerce.silver.orders import Orders
from mega_toys_tests.domains.rows import rows

DAY = dt.date(2026, 3, 10)
ORDER = {
    "_file": "b.json",
    "_row": 1,
    "day": DAY,
    "order_id": "O1",
    "currency": "EUR",
    "status": "paid",
    "country": "BE",
    "channel": "web",
}


def record(file: str, row: int, *items: dict[str, Any]) -> dict[str, Any]:
    return {"_file": file, "_row": row, "items": json.dumps(items)}


def lines(orders: list[dict[str, Any]], received: list[dict[str, Any]]) -> pl.DataFrame:
    built = order_lines(rows(Orders, *orders), rows(ReceivedOrders, *received)).collect()
    kept = built.select(OrderLines.column_names())
    return OrderLines.validate(kept, cast=True).sort("order_id", "line_no")


def test_items_are_those_of_the_record_that_was_accepted() -> None:
    found = lines(
        [ORDER],
        [
            record("a.json", 1, {"line_no": 9, "sku": "OLD", "quantity": 1, "unit_price": 1}),
            record("b.json", 0, {"line_no": 8, "sku": "OTHER", "quantity": 1, "unit_price": 1}),
            record(
                "b.json",
                1,
                {"line_no": 1, "sku": " TOY-1 ", "quantity": "2", "unit_price": "9.99"},
                {"line_no": 2, "sku": "TOY-2", "quantity": 1, "unit_price": 5, "discount": 0.5},
            ),
        ],
    )

    assert found.select("line_no", "sku", "quantity", "unit_price", "discount").rows() == [
        (1, "TOY-1", 2, Decimal("9.99"), Decimal(0)),
        (2, "TOY-2", 1, Decimal(5), Decimal("0.5")),
    ]
    assert found.select("day", "currency", "status", "country", "channel").unique().rows() == [
        (DAY, "EUR", "paid", "BE", "web")
    ]


def test_without_orders_there_are_no_lines() -> None:
    assert lines([], []).is_empty()
