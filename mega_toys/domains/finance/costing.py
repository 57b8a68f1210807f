"""What the toys sold have cost, by the standard costs valid on the day."""

import datetime as dt

import dataframely as dy
import polars as pl

from mega_toys.declared.extents import Spans
from mega_toys.domains.finance.silver.standard_costs import StandardCosts


def with_unit_cost(sales: pl.LazyFrame, costs: dy.LazyFrame[StandardCosts]) -> pl.LazyFrame:
    """The sales with the exact `unit_cost` of their sku and day, EUR; null where there is none."""
    cost = pl.col("material_eur") + pl.col("labour_eur") + pl.col("overhead_eur")
    valid = costs.filter("is_current").select("sku", day="effective_from", unit_cost=cost)
    days = sales.select("sku", "day").unique().sort("day")
    known = days.join_asof(
        valid.sort("day"),
        on="day",
        by="sku",
        check_sortedness=False,  # sorted above; with `by` Polars cannot see it
    )
    return sales.join(known, on=["sku", "day"], how="left")


def days_of_costs(changed: pl.DataFrame) -> Spans | None:
    """A cost counts from its day on, until the toy's next one."""
    first = changed["effective_from"].min()
    return [(first, dt.date.max)] if isinstance(first, dt.date) else []
