"""Amounts in euros: the one way in which sales of other currencies become comparable."""

import datetime as dt
from collections.abc import Sequence

import dataframely as dy
import polars as pl

from mega_toys.declared.extents import Spans
from mega_toys.domains.figures import added
from mega_toys.domains.finance.silver.exchange_rates import ExchangeRates

OLDEST_RATE = dt.timedelta(days=10)
AMOUNTS = ("gross_sales_eur", "discounts_eur", "returns_eur", "net_sales_eur")


def in_eur(lines: pl.LazyFrame, rates: dy.LazyFrame[ExchangeRates]) -> pl.LazyFrame:
    """The lines with `gross_eur`, `discount_eur` and `net_eur`; null where there is no rate.

    A line has day, quantity, unit_price, discount and currency; what it is worth is exact in its
    own currency, before the one division by the rate.
    """
    gross = pl.col("quantity") * pl.col("unit_price")
    discount = pl.col("discount").fill_null(0)
    rate = pl.col("units_per_eur")
    return _with_rate(lines, rates).with_columns(
        gross_eur=gross.cast(pl.Float64) / rate,
        discount_eur=discount.cast(pl.Float64) / rate,
        net_eur=(gross - discount).cast(pl.Float64) / rate,
    )


def total_eur(amount: pl.Expr) -> pl.Expr:
    """The sum of some lines of a row; null if any line of the row lacks a rate."""
    return pl.when(pl.col("units_per_eur").is_not_null().all()).then(added(amount))


def without_rate(lines: pl.LazyFrame, rates: dy.LazyFrame[ExchangeRates]) -> pl.LazyFrame:
    """The currencies and days that no rate covers, with how many lines wait for one."""
    uncovered = _with_rate(lines, rates).filter(pl.col("units_per_eur").is_null())
    return uncovered.group_by("currency", "day").agg(lines=pl.len())


def by_old_rate(lines: pl.LazyFrame, rates: dy.LazyFrame[ExchangeRates]) -> pl.LazyFrame:
    """The currencies and days whose newest rate is older than it should be, with their lines."""
    rated = _with_rate(lines, rates).filter(pl.col("currency") != "EUR")
    old = rated.filter(pl.col("day") - pl.col("rated_on") > OLDEST_RATE)
    return old.group_by("currency", "day").agg(pl.col("rated_on").first(), lines=pl.len())


def beyond_18_digits(
    sales: pl.LazyFrame, key: Sequence[str], lines: pl.LazyFrame, rates: dy.LazyFrame[ExchangeRates]
) -> pl.LazyFrame:
    """The sales whose amounts are null though every line of theirs has a rate."""
    unknown = pl.any_horizontal(pl.col(*AMOUNTS).is_null())
    null = sales.filter(unknown).select(key)
    own = lines.join(null, on=key, how="semi")
    unrated = _with_rate(own, rates).filter(pl.col("units_per_eur").is_null())
    return null.join(unrated, on=key, how="anti")


def days_of_rates(changed: pl.DataFrame) -> Spans | None:
    """A rate counts from its day on, until the next one."""
    first = changed["day"].min()
    return [(first, dt.date.max)] if isinstance(first, dt.date) else []


def _with_rate(lines: pl.LazyFrame, rates: dy.LazyFrame[ExchangeRates]) -> pl.LazyFrame:
    """Each line with the newest rate on or before its day; a euro is a euro."""
    key = ["currency", "day"]
    days = lines.select(key).unique().sort("day")
    newest = days.join_asof(
        rates.select(*key, "units_per_eur", rated_on="day").sort("day"),
        on="day",
        by="currency",
        check_sortedness=False,  # sorted above; with `by` Polars cannot see it
    )
    is_euro = pl.col("currency") == "EUR"
    covered = newest.with_columns(
        units_per_eur=pl.when(is_euro).then(1.0).otherwise("units_per_eur")
    )
    return lines.join(covered, on=key, how="left")
