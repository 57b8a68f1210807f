"""The web shop's orders, each in its newest version."""

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import Current
from mega_toys.domains.commerce.bronze.orders import ReceivedOrders
from mega_toys.domains.commerce.columns import (
    business_day,
    channel,
    country,
    currency,
    customer_id,
)
from mega_toys.domains.commerce.silver.customers import Customers


class Orders(columns.Accepted):
    """One order of a customer, without its items."""

    day = business_day()
    order_id = dy.String(primary_key=True, description="Number of the order.")
    customer_id = customer_id()
    placed_at = columns.instant(description="When the order was placed.")
    updated_at = columns.instant(description="When the order's record changed.")
    status = dy.String(description="placed, paid, shipped, delivered, cancelled or returned.")
    currency = currency()
    country = country()
    channel = channel()
    shipping_city = dy.String(
        nullable=True, metadata=columns.private("personal"), description="City that it goes to."
    )
    shipping_country = dy.String(
        nullable=True, metadata=columns.private("personal"), description="Country that it goes to."
    )
    payment_method = dy.String(
        nullable=True, metadata=columns.private("personal"), description="How it is paid."
    )


def orders(received: dy.LazyFrame[ReceivedOrders]) -> pl.LazyFrame:
    """Of where an order goes and how it is paid, only what analysis needs is kept."""
    return received.with_columns(
        shipping_city=pl.col("shipping").struct.field("city"),
        shipping_country=pl.col("shipping").struct.field("country"),
        payment_method=pl.col("payment").struct.field("method"),
    )


def items_is_valid() -> pl.Expr:
    """No item is discounted below nothing, and each has a number of its own in the order."""
    item = pl.element().struct
    value = item.field("quantity") * item.field("unit_price")
    discounts_fit = pl.col("items").list.eval(item.field("discount") <= value).list.all()
    numbers = pl.col("items").list.eval(item.field("line_no"))
    return discounts_fit & (numbers.list.n_unique() == numbers.list.len())


TABLE = Current(
    rows=Orders,
    received_from=ReceivedOrders,
    build=orders,
    rules=(items_is_valid,),
    refers={"customer_id": Customers},
    contract=Contract(owner="commerce-data", privacy="personal"),
)
