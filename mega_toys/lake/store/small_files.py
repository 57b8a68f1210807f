"""Which small files of a partition are to become one: a day that gets a little again and again."""

import datetime as dt
from collections.abc import Iterable, Iterator

import polars as pl

from mega_toys.lake.store.tables import Stored

_MANY = 8


def small_files(
    files: pl.DataFrame, stored: Stored, days: Iterable[dt.date]
) -> Iterator[pl.Series]:
    """The paths of the files of a day, as the log describes them, that are to be joined.

    The smallest, each no larger than twice those before it together, if they are many: a row is
    written again as often as the logarithm of its day's files tells, and large files stay.
    """
    key = f"partition.{stored.partition}"
    if key not in files.columns or files.schema[key] != pl.Date():
        return
    of_days = files.filter(pl.col(key).is_in(list(days)))
    for _, of_day in of_days.filter(pl.len().over(key) >= _MANY).group_by(key):
        ordered = of_day.sort("size_bytes", "path")
        before = pl.col("size_bytes").cum_sum().shift(1, fill_value=0)
        is_small = (pl.col("size_bytes") <= 2 * before) | (before == 0)
        smallest = ordered.filter(is_small.cast(pl.Int8).cum_min() == 1)["path"]
        if smallest.len() >= _MANY:
            yield smallest
