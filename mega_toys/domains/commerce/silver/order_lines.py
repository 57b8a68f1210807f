"""The items of the web shop's orders."""

from typing import Annotated

import dataframely as dy
import polars as pl

from mega_toys.declared import columns, sent
from mega_toys.declared.contract import Check, Contract
from mega_toys.declared.extents import LandedWith
from mega_toys.declared.table import ByDay
from mega_toys.domains.commerce.bronze.orders import ReceivedOrders
from mega_toys.domains.commerce.columns import business_day, channel, country, currency
from mega_toys.domains.commerce.silver.orders import Orders
from mega_toys.domains.commerce.silver.products import Products
from mega_toys.lake.fields.valid import stored


class OrderLines(dy.Schema):
    """One item of an order in its newest version."""

    day = business_day()
    order_id = dy.String(primary_key=True, description="The order.")
    line_no = dy.Int64(primary_key=True, description="Number of the line in the order.")
    sku = dy.String(description="The toy.")
    quantity = dy.Int64(min=1, description="Pieces.")
    unit_price = columns.money(description="Price of a piece, in the order's currency.")
    discount = columns.money(description="Taken off the line, in the order's currency.")
    currency = currency()
    status = dy.String(description="Of the order: placed, paid, shipped, delivered, …")
    country = country()
    channel = channel()


def order_lines(
    orders: dy.LazyFrame[Orders],
    received: Annotated[dy.LazyFrame[ReceivedOrders], LandedWith("orders")],
) -> pl.LazyFrame:
    """The items of exactly the record from which the order was accepted."""
    record = ["_file", "_row"]
    kept = orders.select(*record, "day", "order_id", "currency", "status", "country", "channel")
    items = stored(pl.col("items"), sent.fields_of(ReceivedOrders)["items"])
    return (
        kept.join(received.select(*record, "items"), on=record)
        .with_columns(items=items)
        .explode("items", empty_as_null=False, keep_nulls=False)
        .unnest("items")
        .with_columns(pl.col("discount").fill_null(0))
    )


def orders_without_lines(
    orders: dy.LazyFrame[Orders], lines: dy.LazyFrame[OrderLines]
) -> pl.LazyFrame:
    """Every order has an item; one without has lost them, and its sales would be missing."""
    return orders.join(lines, on=["order_id", "day"], how="anti").select("day", "order_id")


def lines_without_order(
    orders: dy.LazyFrame[Orders], lines: dy.LazyFrame[OrderLines]
) -> pl.LazyFrame:
    """A line whose order went, or moved to another day, would be sold twice."""
    return lines.join(orders, on=["order_id", "day"], how="anti").select(
        "day", "order_id", "line_no"
    )


TABLE = ByDay(
    rows=OrderLines,
    build=order_lines,
    refers={"sku": Products},
    checks=(
        Check(finds=orders_without_lines, blocks=True),
        Check(finds=lines_without_order, blocks=True),
    ),
    contract=Contract(owner="commerce-data", published=True),
)
