from pathlib import Path

import polars as pl
import pytest

from mega_toys.domains.supply.silver.stock_movements import sign_matches_kind
from mega_toys_tests.domains.rows import holds
from mega_toys_tests.lakes import Lake, needed_for


@pytest.mark.parametrize(
    ("kind", "negative", "none", "positive"),
    [
        ("receipt", False, False, True),
        ("return", False, False, True),
        ("shipment", True, False, False),
        ("adjustment", True, True, True),
    ],
)
def test_only_an_adjustment_may_go_either_way_or_nowhere(
    kind: str, negative: bool, none: bool, positive: bool
) -> None:
    moves = pl.DataFrame({"kind": [kind] * 3, "quantity": [-1, 0, 1]})

    assert holds(sign_matches_kind(), moves) == [negative, none, positive]


def test_the_sign_is_not_judged_where_kind_or_quantity_is_unknown() -> None:
    moves = pl.DataFrame({"kind": [None, "receipt"], "quantity": [-1, None]})

    assert False not in holds(sign_matches_kind(), moves)


def test_orders_lots_and_toys_that_nobody_knows_are_found(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for("supply.silver.stock_movements"))
    at = "2026-03-10T12:00:00Z"
    move = {"sku": "T", "warehouse_id": "W", "moved_at": at, "updated_at": at}
    lake.send(
        "supply/stock_movements/2026-03-10/a.ndjson",
        {**move, "movement_id": "1", "kind": "shipment", "quantity": -1, "order_id": "O"},
        {**move, "movement_id": "2", "kind": "receipt", "quantity": 9, "lot_id": "L"},
    )

    outcome = lake.refresh()["supply.silver.stock_movements"]

    assert {found.name: found.rows for found in outcome.checks if not found.passed} == {
        "sku_is_in_products": 2,
        "order_id_is_in_order_lines": 1,
        "lot_id_is_in_production_orders": 1,
    }
