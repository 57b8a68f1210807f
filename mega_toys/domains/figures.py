"""The arithmetic that the products share: totals, ratios, rounded amounts."""

import polars as pl

MOST = 2**63 - 1
TOO_MUCH = 1e14  # what Decimal(18, 4) no longer holds


def total(count: pl.Expr) -> pl.Expr:
    """The sum of whole numbers, which stays at what 64 bits hold instead of wrapping round."""
    return held(count.cast(pl.Int128).sum())


def added(figures: pl.Expr) -> pl.Expr:
    """The sum of floats, to the last digit the same in whichever order they come.

    A running one: before a plain sum Polars leaves the sort out, as if the order did not count.
    """
    return figures.sort().cum_sum().last().fill_null(0)


def averaged(figures: pl.Expr) -> pl.Expr:
    """The mean of floats, as their sum; null where there is none."""
    return ratio(added(figures), figures.count())


def held(count: pl.Expr) -> pl.Expr:
    """A whole number of any width, which stays at what 64 bits hold."""
    return count.clip(-MOST, MOST).cast(pl.Int64)


def ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Part by whole; null where there is no whole."""
    quotient = part.cast(pl.Float64) / whole.cast(pl.Float64)
    return pl.when(quotient.is_finite()).then(quotient)


def rounded(amount: pl.Expr) -> pl.Expr:
    """An amount as Decimal(18, 4), rounded half to even; null where it has more than 18 digits."""
    even = amount.round(4, mode="half_to_even")
    return pl.when(even.abs() < TOO_MUCH).then(even).cast(pl.Decimal(18, 4), strict=False)


def at_their_end(figures: pl.LazyFrame, *counts: str) -> pl.LazyFrame:
    """The rows of which a count stands at what 64 bits hold, and so may be more."""
    return figures.filter(pl.any_horizontal(pl.col(*counts).abs() >= MOST))
