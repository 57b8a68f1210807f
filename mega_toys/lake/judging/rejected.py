"""The received rows that break a rule, with the names of all rules that they break."""

from collections.abc import Iterator

import polars as pl

_AT_ONCE = 100_000  # rows: while one is rejected, it takes many times its size


def rejected(
    received: pl.DataFrame, broken: pl.DataFrame, wrong: pl.Series
) -> Iterator[pl.DataFrame]:
    """Those of the rows that are wrong, some at a time, with `rules`; at least one frame.

    `broken` has a column for each rule, which says of each row whether it breaks it.
    """
    at = wrong.arg_true()
    for first in range(0, max(at.len(), 1), _AT_ONCE):
        part = at.slice(first, _AT_ONCE)
        yield pl.concat([received[part], _rules(broken[part])], how="horizontal")


def _rules(broken: pl.DataFrame) -> pl.DataFrame:
    """The names of the rules that each row breaks; few sets of them occur."""
    names = [pl.when(name).then(pl.lit(name)) for name in sorted(broken.columns)]
    each = broken.unique().with_columns(rules=pl.concat_list(names).list.drop_nulls())
    return broken.join(each, on=broken.columns, how="left", maintain_order="left").select("rules")
