"""Whether the figures of a product agree with a sum of their own over what it is made from."""

from collections.abc import Mapping, Sequence

import polars as pl

from mega_toys.domains.figures import MOST

_SLACK = 1e-9  # of the figure: the order in which floats are added


def disagreements(
    product: pl.LazyFrame,
    source: pl.LazyFrame,
    by: Sequence[str],
    figures: Mapping[str, pl.Expr],
    within: float = 0.0,
) -> pl.LazyFrame:
    """The keys whose figures differ, each beside the one expected.

    `figures` are aggregates of the source, by the name of the product's column that is summed.
    Figures may differ by `within`, and a hair.
    """
    made = product.group_by(by).agg(_held(summed(name)).alias(name) for name in figures)
    expected = source.group_by(by).agg(
        _held(figure.cast(pl.Float64)).alias(f"{name}_expected") for name, figure in figures.items()
    )
    both = made.join(expected, on=list(by), how="full", coalesce=True)
    both = both.with_columns(pl.selectors.float().fill_null(0))
    differ = [_differ(pl.col(name), pl.col(f"{name}_expected"), within) for name in figures]
    return both.filter(pl.any_horizontal(differ)).sort(by)


def summed(column: str) -> pl.Expr:
    """The sum as a float, in which whole numbers do not wrap round."""
    return pl.col(column).cast(pl.Float64).sum()


def _held(figure: pl.Expr) -> pl.Expr:
    """A product holds no count beyond 64 bits; what is beyond is as good as the most."""
    return figure.clip(-MOST, MOST)


def _differ(figure: pl.Expr, expected: pl.Expr, within: float) -> pl.Expr:
    near = (figure - expected).abs() <= within + _SLACK * (1 + expected.abs())
    return ~(near | figure.eq_missing(expected))
