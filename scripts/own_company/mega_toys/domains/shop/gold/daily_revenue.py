"""What the shop takes, day by day."""

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Check, Contract
from mega_toys.declared.table import ByDay
from mega_toys.domains.agreement import disagreements, summed
from mega_toys.domains.shop.silver.receipts import Receipts


class DailyRevenue(dy.Schema):
    """One article on one day on which it was sold."""

    day = dy.Date(primary_key=True, description="Business day.")
    article = dy.String(primary_key=True, description="What was sold.")
    receipts = dy.Int64(description="Receipts with the article.")
    units = dy.Int64(description="Pieces sold.")
    revenue_eur = columns.money(description="What the customers paid, EUR.")


def daily_revenue(receipts: dy.LazyFrame[Receipts]) -> pl.LazyFrame:
    """Revenue is what was paid, not the price."""
    return receipts.group_by(DailyRevenue.primary_key()).agg(
        receipts=pl.len().cast(pl.Int64),
        units=pl.col("quantity").sum(),
        revenue_eur=pl.col("paid_eur").sum(),
    )


def revenue_that_differs_from_the_receipts(
    revenue: dy.LazyFrame[DailyRevenue], receipts: dy.LazyFrame[Receipts]
) -> pl.LazyFrame:
    """Every euro paid is revenue of its day, once."""
    return disagreements(revenue, receipts, ["day"], {"revenue_eur": summed("paid_eur")})


TABLE = ByDay(
    rows=DailyRevenue,
    build=daily_revenue,
    checks=(Check(finds=revenue_that_differs_from_the_receipts, blocks=True),),
    contract=Contract(owner="shop-controlling", published=True),
)
