"""What comes into and leaves the warehouses: from the factories, to customers and retailers."""

import datetime as dt

import numpy as np
import polars as pl

from mega_toys.simulator.catalogue import catalogue
from mega_toys.simulator.orders import LINES_EACH, STATUSES, UNITS_EACH, orders_of
from mega_toys.simulator.places import MARKETS, WAREHOUSES
from mega_toys.simulator.production import ended_orders
from mega_toys.simulator.wholesale import invoiced, units_a_day
from mega_toys.simulator.world import Floats, Ints, World, drawn, instants, midnight_s, one_of

OPENING_DAYS = 75  # of sales are in stock at first
RATIO = np.array(
    [sum(m.share for m in MARKETS if m.warehouse == name) for name in WAREHOUSES], dtype=np.float64
)
WAREHOUSE_OF = np.array([WAREHOUSES.index(market.warehouse) for market in MARKETS])
COUNTED = 0.05  # of the shelves every Friday
MOVEMENT = {
    "movement_id": pl.String,
    "sku": pl.String,
    "warehouse_id": pl.String,
    "kind": pl.String,
    "quantity": pl.Int64,
    "lot_id": pl.String,
    "order_id": pl.String,
    "moved_at": pl.Datetime("us", "UTC"),
}


def stock_movements(world: World, day: dt.date) -> pl.DataFrame:
    """The movements that the day's production, orders and invoices lead to."""
    frames = [_received(world, day), *_web(world, day), *_wholesale(world, day)]
    if day.weekday() == 4:
        frames.append(_counted(world, day))
    moved = pl.concat([frame for frame in frames if frame.height] or [pl.DataFrame(schema=MOVEMENT)])
    return moved.with_columns(updated_at="moved_at", _at=pl.col("moved_at"))


def opening_stock(world: World, day: dt.date) -> pl.DataFrame:
    """What is on the shelves when the company begins to send."""
    toys = catalogue(world)
    sku, warehouse = (at.ravel() for at in np.indices((len(toys.sku), len(WAREHOUSES))))
    sold = units_a_day(world) + world.orders_a_day * LINES_EACH * UNITS_EACH
    units = sold * toys.wanted(day)[sku] * (RATIO / RATIO.sum())[warehouse] * OPENING_DAYS
    at = np.full(len(sku), midnight_s(day) + 60.0)
    ids = "SO-" + one_of(toys.sku, sku) + "-" + one_of(list(WAREHOUSES), warehouse)
    quantity = units.astype(np.int64) + 50
    moved = _moves(world, ids, "receipt", sku, warehouse, quantity, at)
    return moved.with_columns(updated_at="moved_at")


def _moves(
    world: World,
    ids: pl.Series,
    kind: str,
    sku: Ints,
    warehouse: Ints,
    quantity: Ints,
    at: Floats,
    lot_id: pl.Series | None = None,
    order_id: pl.Series | None = None,
) -> pl.DataFrame:
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(ids))
    return pl.DataFrame(
        {
            "movement_id": ids,
            "sku": one_of(catalogue(world).sku, sku),
            "warehouse_id": one_of(list(WAREHOUSES), warehouse),
            "kind": pl.Series([kind]).new_from_index(0, len(ids)),
            "quantity": quantity,
            "lot_id": nothing if lot_id is None else lot_id,
            "order_id": nothing if order_id is None else order_id,
            "moved_at": instants(at),
        },
        schema=MOVEMENT,
    )


def _received(world: World, day: dt.date) -> pl.DataFrame:
    """Each lot goes as a whole to one warehouse, some hours after it was made."""
    made = ended_orders(world, day).filter(pl.col("good_quantity") > 0)
    rng = world.rng("receipts", day)
    numbers = made["sku"].str.slice(4).cast(pl.Int64).to_numpy() - 1
    to = drawn(RATIO, rng.random(made.height))
    at = made["ended_at"].dt.epoch("s").to_numpy() + rng.integers(3600, 30_000, made.height)
    ids = "SR-" + made["lot_id"].str.slice(2)
    quantity = made["good_quantity"].to_numpy()
    return _moves(world, ids, "receipt", numbers, to, quantity, at, lot_id=made["lot_id"])


def _web(world: World, day: dt.date) -> list[pl.DataFrame]:
    placed = orders_of(world, day)
    frames = []
    for status, kind, sign in (("shipped", "shipment", -1), ("returned", "return", 1)):
        at = placed.at[placed.line_order, STATUSES.index(status)]
        lines = np.flatnonzero(~np.isnan(at))
        orders = placed.ids.gather(placed.line_order[lines])
        ids = f"S{kind[0].upper()}-" + orders.str.slice(2) + "-"
        ids = ids + pl.Series(placed.line_no[lines]).cast(pl.String)
        to = WAREHOUSE_OF[placed.market[placed.line_order[lines]]]
        sku, quantity = placed.sku[lines], placed.quantity[lines] * sign
        frames.append(_moves(world, ids, kind, sku, to, quantity, at[lines], order_id=orders))
    return frames


def _wholesale(world: World, day: dt.date) -> list[pl.DataFrame]:
    found = invoiced(world, day)
    to = WAREHOUSE_OF[found.market]
    credited = np.flatnonzero(~np.isnan(found.credited_s))
    back = np.maximum(found.quantity[credited] // 5, 1)
    sent = _moves(
        world, "SW-" + found.label, "shipment", found.sku, to, -found.quantity, found.posted_s + 900.0
    )  # fmt: skip
    ids = "SC-" + found.label.gather(credited)
    at = found.credited_s[credited]
    return [sent, _moves(world, ids, "return", found.sku[credited], to[credited], back, at)]


def _counted(world: World, day: dt.date) -> pl.DataFrame:
    """Some shelves are counted, and a few pieces are missing or found."""
    rng, toys = world.rng("counted", day), catalogue(world)
    here = rng.random((len(toys.sku), len(WAREHOUSES))) < COUNTED
    sku, warehouse = np.nonzero(here)
    quantity = rng.integers(-9, 6, len(sku))
    at = midnight_s(day) + 19 * 3600.0 + np.arange(len(sku))
    ids = f"SA-{day:%Y%m%d}-" + one_of(toys.sku, sku) + "-" + one_of(list(WAREHOUSES), warehouse)
    return _moves(world, ids, "adjustment", sku, warehouse, quantity, at)
