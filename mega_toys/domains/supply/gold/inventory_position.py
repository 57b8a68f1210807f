"""What lies in each warehouse, day by day."""

import datetime as dt
from typing import Annotated

import dataframely as dy
import polars as pl

from mega_toys.declared.contract import Check, Contract
from mega_toys.declared.extents import Until
from mega_toys.declared.table import ByDay
from mega_toys.domains.agreement import disagreements, summed
from mega_toys.domains.figures import at_their_end, held, ratio
from mega_toys.domains.supply.columns import business_day, pieces
from mega_toys.domains.supply.silver.stock_movements import StockMovements

SHELF = ("sku", "warehouse_id")
SUPPLY_DAYS = 28
COUNTED = ("opening", "receipts", "shipments", "returns", "adjustments", "closing")
History = Annotated[dy.LazyFrame[StockMovements], Until(by=SHELF)]


class InventoryPosition(dy.Schema):
    """One toy in one warehouse on one day on which it moved there."""

    day = business_day(primary_key=True)
    sku = dy.String(primary_key=True, description="The toy.")
    warehouse_id = dy.String(primary_key=True, description="The warehouse.")
    opening = pieces("There when the day began, by all earlier movements")
    receipts = pieces("Received")
    shipments = pieces("Shipped")
    returns = pieces("Come back")
    adjustments = pieces("Found or missed when counting")
    closing = pieces("Opening + receipts − shipments + returns + adjustments")
    days_of_supply = dy.Float64(
        nullable=True,
        description="Closing / mean shipments a day of the 28 days that end with this one, or of "
        "the days since the toy's first movement there where these are fewer; null without any.",
    )


def inventory_position(moved: dy.LazyFrame[StockMovements], history: History) -> pl.LazyFrame:
    """Days are added up from 28 days before the first asked for; all earlier ones count as one."""
    first = moved.group_by(SHELF).agg(first=pl.col("day").min())
    earlier = pl.col("first") - dt.timedelta(days=SUPPLY_DAYS)
    known = history.join(first, on=SHELF).with_columns(
        day=pl.max_horizontal("day", earlier), began="day"
    )
    age = (pl.col("day") - pl.col("began").min().over(SHELF)).dt.total_days() + 1
    shipped = pl.col("shipments").rolling_sum_by("day", f"{SUPPLY_DAYS}d")
    return (
        _summed_up(known)
        .with_columns(
            closing=pl.col("moved").cum_sum().over(SHELF),
            shipped=shipped.over(SHELF),
            counted=age.clip(upper_bound=SUPPLY_DAYS),
        )
        .filter(pl.col("day") >= pl.col("first"))
        .with_columns(
            opening=pl.col("closing") - pl.col("moved"),
            days_of_supply=ratio(pl.col("closing") * pl.col("counted"), pl.col("shipped")),
        )
        .with_columns(held(pl.col(*COUNTED)))
    )


def _summed_up(movements: pl.LazyFrame) -> pl.LazyFrame:
    """The pieces moved on each day, by kind, beyond 64 bits."""
    sums = movements.group_by(*SHELF, "day", "first").agg(
        pl.col("began").min(),
        moved=_pieces(),
        receipts=_pieces("receipt"),
        shipments=0 - _pieces("shipment"),  # Polars negates no number of 128 bits
        returns=_pieces("return"),
        adjustments=_pieces("adjustment"),
    )
    return sums.sort(*SHELF, "day")


def _pieces(kind: str | None = None) -> pl.Expr:
    quantity = pl.col("quantity").cast(pl.Int128)
    return (pl.when(pl.col("kind") == kind).then(quantity) if kind else quantity).sum()


def more_left_than_there_was(positions: dy.LazyFrame[InventoryPosition]) -> pl.LazyFrame:
    """No shelf holds fewer than no toys: a receipt is missing, or a shipment is wrong."""
    return positions.filter(pl.col("closing") < 0).select("sku", "day", "warehouse_id", "closing")


def counts_at_the_end_of_their_range(positions: dy.LazyFrame[InventoryPosition]) -> pl.LazyFrame:
    """More pieces than 64 bits hold are kept as so many: a quantity is wrong."""
    return at_their_end(positions, *COUNTED).select(InventoryPosition.primary_key())


def days_that_differ_from_the_movements(
    positions: dy.LazyFrame[InventoryPosition], movements: dy.LazyFrame[StockMovements]
) -> pl.LazyFrame:
    """What was received, shipped, returned and counted on a day is what its movements say."""
    return disagreements(
        positions.with_columns(moved=pl.col("closing") - pl.col("opening")),
        movements,
        by=[*SHELF, "day"],
        figures={
            "moved": summed("quantity"),
            "receipts": _moved("receipt"),
            "shipments": -_moved("shipment"),
            "returns": _moved("return"),
            "adjustments": _moved("adjustment"),
        },
    )


def shelves_that_differ_from_all_movements(
    positions: dy.LazyFrame[InventoryPosition], history: History
) -> pl.LazyFrame:
    """What a shelf holds in the end is all that ever came, less all that ever left."""
    last = positions.group_by(SHELF).agg(pl.col("day", "closing").get(pl.col("day").arg_max()))
    ends = last.select(*SHELF, last="day")
    until = history.join(ends, on=SHELF).filter(pl.col("day") <= pl.col("last"))
    return disagreements(last, until, by=SHELF, figures={"closing": summed("quantity")})


def _moved(kind: str) -> pl.Expr:
    return pl.col("quantity").cast(pl.Float64).filter(pl.col("kind") == kind).sum()


TABLE = ByDay(
    rows=InventoryPosition,
    build=inventory_position,
    checks=(
        Check(finds=more_left_than_there_was),
        Check(finds=counts_at_the_end_of_their_range),
        Check(finds=days_that_differ_from_the_movements, blocks=True),
        Check(finds=shelves_that_differ_from_all_movements, blocks=True),
    ),
    contract=Contract(
        owner="supply-planning",
        published=True,
        purpose="To see what is there, and for how many days it lasts.",
        limitations="Has a row on days with movements only: carry `closing` forward, or ask "
        "supply.semantic.inventory_daily. What was not booked is not there.",
    ),
)
