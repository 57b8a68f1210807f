"""What the web shop sells, day by day."""

from typing import Annotated

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Check, Contract
from mega_toys.declared.extents import Touches
from mega_toys.declared.table import ByDay
from mega_toys.domains.agreement import disagreements, summed
from mega_toys.domains.commerce.columns import business_day, channel, country
from mega_toys.domains.commerce.silver.order_lines import OrderLines
from mega_toys.domains.figures import at_their_end, rounded, total
from mega_toys.domains.finance.exchange import (
    beyond_18_digits,
    by_old_rate,
    days_of_rates,
    in_eur,
    total_eur,
    without_rate,
)
from mega_toys.domains.finance.silver.exchange_rates import ExchangeRates

Rates = Annotated[dy.LazyFrame[ExchangeRates], Touches(days_of_rates)]
ONE_CENT = 0.01  # more than rounding to 4 places adds up to


class DailySales(dy.Schema):
    """One toy in one country and channel, on one day with orders that were not cancelled.

    Amounts are null while a currency among them has no exchange rate.
    """

    day = business_day(primary_key=True)
    sku = dy.String(primary_key=True, description="The toy.")
    country = country(primary_key=True)
    channel = channel(primary_key=True)
    orders = dy.Int64(description="Orders with the toy, returned ones included.")
    units = dy.Int64(description="Pieces ordered, returned ones included.")
    gross_sales_eur = columns.money(nullable=True, description="Pieces × price, EUR.")
    discounts_eur = columns.money(nullable=True, description="Taken off, EUR.")
    returns_eur = columns.money(
        nullable=True, description="Gross less discount of returned orders, EUR."
    )
    net_sales_eur = columns.money(nullable=True, description="Gross − discounts − returns, EUR.")


def daily_sales(lines: dy.LazyFrame[OrderLines], rates: Rates) -> pl.LazyFrame:
    """A returned order is taken back on its own day, so that net never counts it."""
    is_returned = pl.col("status") == "returned"
    sold = in_eur(_not_cancelled(lines), rates).group_by(DailySales.primary_key())
    sums = sold.agg(
        orders=pl.col("order_id").n_unique().cast(pl.Int64),
        units=total(pl.col("quantity")),
        gross_sales_eur=total_eur(pl.col("gross_eur")),
        discounts_eur=total_eur(pl.col("discount_eur")),
        returns_eur=total_eur(pl.col("net_eur").filter(is_returned)),
    )
    gross, discounts, returns = map(pl.col, ("gross_sales_eur", "discounts_eur", "returns_eur"))
    net = sums.with_columns(net_sales_eur=gross - discounts - returns)
    return net.with_columns(rounded(pl.col("^.*_eur$")))


def sales_without_exchange_rate(lines: dy.LazyFrame[OrderLines], rates: Rates) -> pl.LazyFrame:
    """Without a rate on or before the day, the amounts of these sales stay unknown."""
    return without_rate(_not_cancelled(lines), rates)


def sales_by_an_old_rate(lines: dy.LazyFrame[OrderLines], rates: Rates) -> pl.LazyFrame:
    """A rate more than ten days older than the sale may be of a currency no longer quoted."""
    return by_old_rate(_not_cancelled(lines), rates)


def amounts_beyond_18_digits(
    sales: dy.LazyFrame[DailySales], lines: dy.LazyFrame[OrderLines], rates: Rates
) -> pl.LazyFrame:
    """An amount of more than 18 digits is kept as unknown: a quantity or a price is wrong."""
    return beyond_18_digits(sales, DailySales.primary_key(), _not_cancelled(lines), rates)


def counts_at_the_end_of_their_range(sales: dy.LazyFrame[DailySales]) -> pl.LazyFrame:
    """More pieces than 64 bits hold are kept as so many: a quantity is wrong."""
    return at_their_end(sales, "units").select(DailySales.primary_key())


def _not_cancelled(lines: dy.LazyFrame[OrderLines]) -> pl.LazyFrame:
    return lines.filter(pl.col("status") != "cancelled")


def sales_that_differ_from_the_order_lines(
    sales: dy.LazyFrame[DailySales], lines: dy.LazyFrame[OrderLines]
) -> pl.LazyFrame:
    """Every piece of an order that was not cancelled is sold once, and in one order."""
    return disagreements(
        sales,
        _not_cancelled(lines),
        by=["day", "sku"],
        figures={"units": summed("quantity"), "orders": pl.col("order_id").n_unique()},
    )


def euros_that_differ_from_the_order_lines(
    sales: dy.LazyFrame[DailySales], lines: dy.LazyFrame[OrderLines]
) -> pl.LazyFrame:
    """What was sold for euros alone is worth what its lines say, whatever a rate does."""
    key = DailySales.primary_key()
    foreign = pl.concat(
        [
            _not_cancelled(lines).filter(pl.col("currency") != "EUR").select(key),
            sales.filter(pl.col("gross_sales_eur").is_null()).select(key),
        ]
    )
    return disagreements(
        sales.join(foreign, on=key, how="anti"),
        _not_cancelled(lines).join(foreign, on=key, how="anti"),
        by=key,
        figures={
            "gross_sales_eur": (pl.col("quantity").cast(pl.Float64) * pl.col("unit_price")).sum(),
            "discounts_eur": summed("discount"),
        },
        within=ONE_CENT,
    )


TABLE = ByDay(
    rows=DailySales,
    build=daily_sales,
    checks=(
        Check(finds=sales_without_exchange_rate),
        Check(finds=sales_by_an_old_rate),
        Check(finds=amounts_beyond_18_digits),
        Check(finds=counts_at_the_end_of_their_range),
        Check(finds=sales_that_differ_from_the_order_lines, blocks=True),
        Check(finds=euros_that_differ_from_the_order_lines, blocks=True),
    ),
    contract=Contract(
        owner="commerce-analytics",
        readers=frozenset({"engineer", "analyst", "finance"}),
        published=True,
        purpose="To follow what sells where, soon after it was ordered.",
        limitations="Not for the books: an order counts on the day it was placed, returned ones "
        "are taken off that day later. finance.gold.net_sales_daily has wholesale as well.",
    ),
)
