import datetime as dt
from typing import Any

import polars as pl
import pytest

from mega_toys.domains.figures import MOST
from mega_toys.domains.supply.gold.inventory_position import (
    InventoryPosition,
    counts_at_the_end_of_their_range,
    inventory_position,
    more_left_than_there_was,
)
from mega_toys.domains.supply.silver.stock_movements import StockMovements
from mega_toys_tests.domains.rows import rows

FIRST = dt.date(2026, 3, 1)
SIGNS = {"receipt": 1, "shipment": -1, "return": 1, "adjustment": 1}


def after(days: int) -> dt.date:
    return FIRST + dt.timedelta(days=days)


def move(day: int, kind: str, pieces: int, sku: str = "TOY-1", to: str = "W") -> dict[str, Any]:
    quantity = pieces * SIGNS[kind]
    return {"day": after(day), "kind": kind, "quantity": quantity, "sku": sku, "warehouse_id": to}


def positions(*moves: dict[str, Any], asked: set[int] | None = None) -> pl.DataFrame:
    """The positions of the days asked for, or of all days."""
    history = rows(StockMovements, *moves)
    days = [after(day) for day in asked] if asked else None
    moved = history.filter(pl.col("day").is_in(days)) if days else history
    until = history.filter(pl.col("day") <= max(days)) if days else history
    built = inventory_position(moved, until).collect().select(InventoryPosition.column_names())
    kept = built.filter(pl.col("day").is_in(days)) if days else built
    return InventoryPosition.validate(kept).sort("sku", "warehouse_id", "day")


def test_a_day_opens_with_what_the_day_before_closed_with() -> None:
    found = positions(
        move(0, "receipt", 100), move(0, "shipment", 30),
        move(3, "return", 4), move(3, "shipment", 20), move(3, "shipment", 1),
        move(9, "adjustment", -3), move(9, "receipt", 10),
    )  # fmt: skip

    assert found.drop("days_of_supply", "sku", "warehouse_id").rows() == [
        (after(0), 0, 100, 30, 0, 0, 70),
        (after(3), 70, 0, 21, 4, 0, 53),
        (after(9), 53, 10, 0, 0, -3, 60),
    ]


def test_every_toy_in_every_warehouse_has_a_balance_of_its_own() -> None:
    found = positions(
        move(0, "receipt", 1), move(1, "receipt", 2, sku="TOY-2"), move(2, "receipt", 4, to="V"),
        move(3, "receipt", 8),
    )  # fmt: skip

    assert found.select("sku", "warehouse_id", "opening", "closing").rows() == [
        ("TOY-1", "V", 0, 4),
        ("TOY-1", "W", 0, 1),
        ("TOY-1", "W", 1, 9),
        ("TOY-2", "W", 0, 2),
    ]


def test_supply_lasts_by_the_shipments_of_28_days() -> None:
    found = positions(
        move(0, "receipt", 1000), move(0, "shipment", 100),
        move(27, "shipment", 40), move(28, "shipment", 60), move(60, "receipt", 1),
    )  # fmt: skip

    lasts = [900 / (100 / 1), 860 / (140 / 28), 800 / (100 / 28), None]
    assert found["days_of_supply"].to_list() == pytest.approx(lasts)


def test_a_young_shelf_is_judged_by_the_days_since_its_first_movement() -> None:
    found = positions(
        move(0, "receipt", 100), move(1, "shipment", 10), move(4, "shipment", 15),
        move(26, "adjustment", 0), move(27, "shipment", 5), move(28, "receipt", 1),
        move(3, "shipment", 2, to="V"),
    )  # fmt: skip

    lasts = {
        0: None,  # nothing shipped yet
        1: 90 / (10 / 2),  # 18: two days, 5 pieces a day
        4: 75 / (25 / 5),
        26: 75 / (25 / 27),
        27: 70 / (30 / 28),
        28: 71 / (30 / 28),  # the 28 days from the second on
    }
    assert found["warehouse_id"].to_list() == ["V", *["W"] * 6]
    assert found["days_of_supply"].to_list() == pytest.approx([-2 / (2 / 1), *lasts.values()])


def test_a_first_movement_before_all_others_changes_the_days_that_follow_within_28() -> None:
    moves = [move(day, "shipment", 7) for day in (10, 20, 37, 38, 60)]
    before, after_it = positions(*moves), positions(*moves, move(9, "adjustment", 0))

    changed = after_it.join(before, on=after_it.columns, how="anti", nulls_equal=True)

    assert set(changed["day"]) == {after(day) for day in (9, 10, 20)}


def test_days_asked_for_alone_are_the_same_as_among_all() -> None:
    moves = [
        move(day, kind, day + pieces, sku=f"TOY-{day % 3}")
        for day in (0, 1, 5, 26, 27, 28, 29, 54, 55, 56, 90)
        for kind, pieces in (("receipt", 9), ("shipment", 2))
    ]
    everything = positions(*moves)
    for asked in ({0}, {28}, {90}, {27, 55}, {1, 28, 90}):
        wanted = everything.filter(pl.col("day").is_in([after(day) for day in asked]))

        assert positions(*moves, asked=asked).rows() == wanted.rows()


def test_a_count_beyond_64_bits_stays_at_the_most() -> None:
    found = positions(move(0, "receipt", MOST), move(1, "receipt", MOST), move(2, "shipment", MOST))

    assert found["closing"].to_list() == [MOST, MOST, MOST]


def test_stock_below_nothing_is_found_with_its_toy_and_day() -> None:
    found = positions(move(0, "receipt", 5), move(2, "shipment", 6), move(3, "receipt", 9))

    wrong = more_left_than_there_was(InventoryPosition.validate(found).lazy()).collect()

    assert wrong.rows() == [("TOY-1", after(2), "W", -1)]


def test_a_shelf_that_holds_more_than_64_bits_is_told() -> None:
    found = positions(move(0, "receipt", MOST), move(1, "receipt", 5), move(0, "receipt", 5, "B"))

    told = counts_at_the_end_of_their_range(found.lazy()).collect()

    assert told.rows() == [(after(0), "TOY-1", "W"), (after(1), "TOY-1", "W")]
