"""What comes into and leaves the warehouses: from the factories, to customers and retailers."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from mega_toys.simulator.catalogue import catalogue
from mega_toys.simulator.orders import LINES_EACH, STATUSES, UNITS_EACH, orders_of
from mega_toys.simulator.places import MARKETS, WAREHOUSES
from mega_toys.simulator.production import ended_orders
from mega_toys.simulator.wholesale import credited_quantity, invoiced, lines_a_day, units_a_day
from mega_toys.simulator.world import (
    DAY_S,
    Bools,
    Floats,
    Ints,
    World,
    drawn,
    epoch_day,
    instants,
    midnight_s,
    one_of,
)

OPENING_DAYS = 75  # of sales are in stock at first
OPENING_LINES = 12  # of an invoice: so many may leave before a lot is made
STOCKED_AHEAD_DAYS = 14  # before a toy is launched
RATIO = np.array(
    [sum(m.share for m in MARKETS if m.warehouse == name) for name in WAREHOUSES], dtype=np.float64
)
WAREHOUSE_OF = np.array([WAREHOUSES.index(market.warehouse) for market in MARKETS])
COUNTED = 0.05  # of the shelves every Friday


@dataclass(frozen=True)
class Moves:
    """Movements of one kind, one row each; ids are told apart by their first letters."""

    kind: str
    ids: pl.Series
    sku: Ints
    warehouse: Ints
    quantity: Ints
    at: Ints | Floats
    lot_id: pl.Series | None = None
    order_id: pl.Series | None = None


def stock_movements(world: World, day: dt.date) -> pl.DataFrame:
    """The movements that the day's production, orders and invoices lead to."""
    moves = [_received(world, day), *_web(world, day), *_wholesale(world, day)]
    if day.weekday() == 4:
        moves.append(_counted(world, day))
    moves.append(_stocked(world, day, _days_in_stock(world, day) == 0))
    return _moved(world, moves).with_columns(_at="moved_at")


def opening_stock(world: World, day: dt.date) -> pl.DataFrame:
    """What is on the shelves when the company begins to send."""
    return _moved(world, [_stocked(world, day, _days_in_stock(world, day) >= 0)])


def _days_in_stock(world: World, day: dt.date) -> Ints:
    """For how many days each toy has been stocked; negative before."""
    return epoch_day(day) - (catalogue(world).launched - STOCKED_AHEAD_DAYS)


def _stocked(world: World, day: dt.date, which: Bools) -> Moves:
    """The first stock of some toys, in every warehouse: for weeks, and for some large orders."""
    toys, until = catalogue(world), day + dt.timedelta(days=STOCKED_AHEAD_DAYS)
    sku, warehouse = (at.ravel() for at in np.indices((len(toys.sku), len(WAREHOUSES))))
    sku, warehouse = sku[which[sku]], warehouse[which[sku]]
    wholesale = units_a_day(world)
    sold = wholesale + world.orders_a_day * LINES_EACH * UNITS_EACH
    units = sold * toys.wanted(until)[sku] * (RATIO / RATIO.sum())[warehouse] * OPENING_DAYS
    least = OPENING_LINES * wholesale / lines_a_day(world)
    at = np.full(len(sku), midnight_s(day) - DAY_S)  # the east sells before midnight UTC
    ids = "SO-" + one_of(toys.sku, sku) + "-" + one_of(list(WAREHOUSES), warehouse)
    return Moves("receipt", ids, sku, warehouse, (units + least).astype(np.int64), at)


def _moved(world: World, moves: list[Moves]) -> pl.DataFrame:
    kind = np.repeat(np.arange(len(moves)), [len(one.ids) for one in moves])
    at = instants(np.concatenate([one.at for one in moves]), "moved_at")
    return pl.DataFrame(
        {
            "movement_id": pl.concat([one.ids for one in moves]),
            "sku": one_of(catalogue(world).sku, np.concatenate([one.sku for one in moves])),
            "warehouse_id": one_of(
                list(WAREHOUSES), np.concatenate([one.warehouse for one in moves])
            ),
            "kind": one_of([one.kind for one in moves], kind),
            "quantity": np.concatenate([one.quantity for one in moves]),
            "lot_id": pl.concat([_or_nulls(one.lot_id, one) for one in moves]),
            "order_id": pl.concat([_or_nulls(one.order_id, one) for one in moves]),
            "moved_at": at,
            "updated_at": at,
        }
    )


def _or_nulls(ids: pl.Series | None, moves: Moves) -> pl.Series:
    return pl.Series([None] * len(moves.ids), dtype=pl.String) if ids is None else ids


def _received(world: World, day: dt.date) -> Moves:
    """Each lot goes as a whole to one warehouse, some hours after it was made."""
    made = ended_orders(world, day).filter(pl.col("good_quantity") > 0)
    rng = world.rng("receipts", day)
    numbers = made["sku"].str.slice(4).cast(pl.Int64).to_numpy() - 1
    to = drawn(RATIO, rng.random(made.height))
    at = made["ended_at"].dt.epoch("s").to_numpy() + rng.integers(3600, 30_000, made.height)
    ids = "SR-" + made["lot_id"].str.slice(2)
    quantity = made["good_quantity"].to_numpy()
    return Moves("receipt", ids, numbers, to, quantity, at, lot_id=made["lot_id"])


def _web(world: World, day: dt.date) -> list[Moves]:
    placed = orders_of(world, day)
    moves = []
    for status, kind, sign in (("shipped", "shipment", -1), ("returned", "return", 1)):
        at = placed.at[placed.line_order, STATUSES.index(status)]
        lines = np.flatnonzero(~np.isnan(at))
        orders = placed.ids[placed.line_order[lines]]
        ids = f"S{kind[0].upper()}-" + orders.str.slice(2) + "-"
        ids = ids + pl.Series(placed.line_no[lines]).cast(pl.String)
        to = WAREHOUSE_OF[placed.market[placed.line_order[lines]]]
        sku, quantity = placed.sku[lines], placed.quantity[lines] * sign
        moves.append(Moves(kind, ids, sku, to, quantity, at[lines], order_id=orders))
    return moves


def _wholesale(world: World, day: dt.date) -> list[Moves]:
    found = invoiced(world, day)
    to = WAREHOUSE_OF[found.market]
    credited = np.flatnonzero(~np.isnan(found.credited_s))
    back, at = credited_quantity(found.quantity[credited]), found.credited_s[credited]
    sent = Moves(
        "shipment", "SW-" + found.label, found.sku, to, -found.quantity, found.posted_s + 900
    )
    ids = "SC-" + found.label[credited]
    return [sent, Moves("return", ids, found.sku[credited], to[credited], back, at)]


def _counted(world: World, day: dt.date) -> Moves:
    """Some shelves are counted, and a few pieces are missing or found."""
    rng, toys = world.rng("counted", day), catalogue(world)
    there = _days_in_stock(world, day)[:, None] >= 0
    here = (rng.random((len(toys.sku), len(WAREHOUSES))) < COUNTED) & there
    sku, warehouse = np.nonzero(here)
    quantity = rng.integers(-9, 6, len(sku))
    at = midnight_s(day) + 19 * 3600 + np.arange(len(sku))
    ids = f"SA-{day:%Y%m%d}-" + one_of(toys.sku, sku) + "-" + one_of(list(WAREHOUSES), warehouse)
    return Moves("adjustment", ids, sku, warehouse, quantity, at)
