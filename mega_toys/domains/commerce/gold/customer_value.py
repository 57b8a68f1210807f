"""What each customer is worth: recency, frequency, monetary value."""

from typing import Annotated

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Check, Contract
from mega_toys.declared.extents import Whole
from mega_toys.declared.table import WholeTable
from mega_toys.domains.agreement import disagreements
from mega_toys.domains.commerce.columns import customer_id
from mega_toys.domains.commerce.silver.order_lines import OrderLines
from mega_toys.domains.commerce.silver.orders import Orders
from mega_toys.domains.figures import rounded
from mega_toys.domains.finance.exchange import in_eur, total_eur, without_rate
from mega_toys.domains.finance.silver.exchange_rates import ExchangeRates

AllOrders = Annotated[dy.LazyFrame[Orders], Whole()]
AllLines = Annotated[dy.LazyFrame[OrderLines], Whole()]
AllRates = Annotated[dy.LazyFrame[ExchangeRates], Whole()]


class CustomerValue(dy.Schema):
    """One customer with an order neither cancelled nor returned, as of the newest day of orders."""

    customer_id = customer_id(primary_key=True)
    first_order_day = dy.Date(description="Day of the first such order.")
    last_order_day = dy.Date(description="Day of the last such order.")
    recency_days = dy.Int64(description="From the last order to the newest day of orders, days.")
    orders = dy.Int64(description="Such orders.")
    monetary_eur = columns.money(
        nullable=True, description="Net value of their lines, EUR; null while a rate is missing."
    )
    r_score = dy.Int64(min=1, max=5, description="By recency, 1 to 5.")
    f_score = dy.Int64(min=1, max=5, description="By number of orders, 1 to 5.")
    m_score = dy.Int64(min=1, max=5, description="By monetary value, 1 to 5; null is worst.")
    segment = columns.choice(
        *("champion", "loyal", "new", "at_risk", "lost", "regular"),
        description="champion, loyal, new, at_risk, lost or regular.",
    )


def customer_value(orders: AllOrders, lines: AllLines, rates: AllRates) -> pl.LazyFrame:
    """Scores compare a customer with all others: the share that is strictly worse, in fifths."""
    as_of = orders.select(as_of=pl.col("day").max())
    customers = (
        _kept(orders)
        .group_by("customer_id")
        .agg(
            first_order_day=pl.col("day").min(),
            last_order_day=pl.col("day").max(),
            orders=pl.len().cast(pl.Int64),
        )
    )
    spent = in_eur(_kept_lines(orders, lines), rates).group_by("customer_id")
    worth = spent.agg(monetary_eur=rounded(total_eur(pl.col("net_eur"))))
    recency = pl.col("as_of") - pl.col("last_order_day")
    return _with_segment(
        customers.join(worth, on="customer_id", how="left")
        .join(as_of, how="cross")
        .with_columns(recency_days=recency.dt.total_days())
        .with_columns(
            r_score=_score(_worse(pl.col("recency_days"), descending=True)),
            f_score=_score(_worse(pl.col("orders"))),
            m_score=_score(_worse(pl.col("monetary_eur"))),
        )
    )


def _kept(orders: dy.LazyFrame[Orders]) -> pl.LazyFrame:
    return orders.filter(~pl.col("status").is_in(["cancelled", "returned"]))


def _kept_lines(orders: dy.LazyFrame[Orders], lines: dy.LazyFrame[OrderLines]) -> pl.LazyFrame:
    return lines.join(_kept(orders).select("order_id", "customer_id"), on="order_id")


def _worse(measure: pl.Expr, *, descending: bool = False) -> pl.Expr:
    """How many customers are strictly worse; a null is worse than every value."""
    below = measure.rank("min", descending=descending).cast(pl.Int64) - 1
    return (below + measure.null_count()).fill_null(0)


def _score(worse: pl.Expr) -> pl.Expr:
    return 1 + (5 * worse) // pl.len().cast(pl.Int64)


def _with_segment(scored: pl.LazyFrame) -> pl.LazyFrame:
    recent, frequent = pl.col("r_score") >= 4, pl.col("f_score") >= 4
    away, valuable = pl.col("r_score") <= 2, pl.col("m_score") >= 4
    segment = (
        pl.when(recent & frequent)
        .then(pl.lit("champion"))
        .when(frequent)
        .then(pl.lit("loyal"))
        .when(recent)
        .then(pl.lit("new"))
        .when(away & valuable)
        .then(pl.lit("at_risk"))
        .when(away)
        .then(pl.lit("lost"))
        .otherwise(pl.lit("regular"))
    )
    return scored.with_columns(segment=segment)


def spending_without_exchange_rate(
    orders: AllOrders, lines: AllLines, rates: AllRates
) -> pl.LazyFrame:
    """Without a rate on or before the day, what these customers spent stays unknown."""
    return without_rate(_kept_lines(orders, lines), rates)


def customers_whose_orders_differ_from_silver(
    customers: Annotated[dy.LazyFrame[CustomerValue], Whole()], orders: AllOrders
) -> pl.LazyFrame:
    """Each order neither cancelled nor returned counts for the customer who placed it."""
    kept = pl.col("status").is_in(["placed", "paid", "shipped", "delivered"])
    return disagreements(customers, orders.filter(kept), ["customer_id"], {"orders": pl.len()})


TABLE = WholeTable(
    rows=CustomerValue,
    build=customer_value,
    checks=(
        Check(finds=spending_without_exchange_rate),
        Check(finds=customers_whose_orders_differ_from_silver, blocks=True),
    ),
    contract=Contract(
        owner="commerce-analytics",
        published=True,
        privacy="confidential",
        purpose="To choose whom to write to, and to compare groups of customers.",
        limitations="Not for a decision about one person. Scores compare with all others of the "
        "day, so a customer's score changes when others buy.",
    ),
)
