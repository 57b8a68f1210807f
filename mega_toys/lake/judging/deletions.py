"""Which records leave a row, where a dataset tells what is deleted.

Rows carry `_deleted` (whether the record is a deletion mark) and, of complete deliveries, the run
of deliveries that have the key: `_run` (its number, from 0), `_begin` (its first landing day) and
`_ended` (the landing day of the first complete delivery without the key; null where there is none).
"""

import datetime as dt
from collections.abc import Callable, Sequence

import polars as pl

from mega_toys.lake.judging.judge import ORDER, PROVENANCE
from mega_toys.lake.judging.winners import first_with_last_content, instant_of, midnight, same_as

Winner = Callable[[pl.DataFrame, Sequence[str], str], pl.DataFrame]
NO_RUNS = {"_run": pl.lit(0), "_begin": pl.lit(None, pl.Date), "_ended": pl.lit(None, pl.Date)}
_ADDED = ("_deleted", *NO_RUNS)


def runs(present: pl.DataFrame, complete: Sequence[dt.date], key: Sequence[str]) -> pl.DataFrame:
    """For each key and landing day that has it the run that it is of.

    `present` holds the key and `_landed_on`; `complete` are the days of complete deliveries.
    """
    days = pl.Series("_ended", sorted(complete), pl.Date)
    ordered = present.sort(*key, "_landed_on")
    landed = ordered["_landed_on"].to_physical()
    counted = ordered.with_columns(
        _before=days.to_physical().search_sorted(landed, side="left").cast(pl.Int64),
        _until=days.to_physical().search_sorted(landed, side="right").cast(pl.Int64),
    )
    was_gone = (pl.col("_before") > pl.col("_until").shift().over(key)).fill_null(False)
    numbered = counted.with_columns(_run=was_gone.cast(pl.Int64).cum_sum().over(key))
    of_run = numbered.with_columns(
        _begin=pl.col("_landed_on").min().over(*key, "_run"),
        _until=pl.col("_until").max().over(*key, "_run"),
    )
    ends = pl.DataFrame(days).with_columns(_until=pl.int_range(pl.len(), dtype=pl.Int64))
    return of_run.join(ends, on="_until", how="left").drop("_before", "_until")


def newest(
    rows: pl.DataFrame, key: Sequence[str], sequence: str, winner: Winner
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The newest version of each key that is not gone, and the marks that ended one.

    A key is gone where no complete delivery since has it, or a mark is its newest record.
    """
    ordered = rows.filter(pl.col("_ended").is_null()).sort(sequence, *ORDER).with_row_index("_at")
    last = pl.col("_at").filter(~pl.col("_deleted")).max().over(key)
    told = ordered.with_columns(_had_row=last.is_not_null()).with_columns(
        _is_end=pl.col("_deleted") & (pl.col("_at") > last).fill_null(True)
    )
    ends = told.filter("_is_end")
    left = told.filter(~pl.col("_deleted")).join(ends, on=list(key), how="anti")
    ended = ends.filter("_had_row").unique(key, keep="first", maintain_order=True)
    return winner(left.select(_without_added(rows)), key, sequence), ended


def versions(
    rows: pl.DataFrame, key: Sequence[str], sequence: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All versions of each key, which end where the key is gone, and the marks that ended one.

    A version of a key that came back holds from the landing day of the return at the earliest.
    """
    group = [*key, "_run"]
    begin = pl.when(pl.col("_run") > 0).then(midnight("_begin"))
    at = pl.max_horizontal(instant_of(rows, sequence), begin)
    timed = rows.with_columns(valid_from=pl.min_horizontal(at, midnight("_ended")))
    last = timed.filter(pl.col(sequence) == pl.col(sequence).max().over(*group, "valid_from"))
    content = [name for name in _without_added(rows) if name not in (*key, sequence, *PROVENANCE)]
    blank = last.with_columns(
        pl.when(~pl.col("_deleted")).then(name).alias(name) for name in content
    )
    told = [*content, "_deleted"]
    each = first_with_last_content(blank, [*group, "valid_from"], told).sort(*group, "valid_from")
    repeats = same_as(-1, [*group, *told]) & (pl.int_range(pl.len()) > 0)
    begins = each.filter(~repeats)
    next_begin = pl.when(same_as(1, group)).then(pl.col("valid_from").shift(-1))
    ends = begins.with_columns(
        valid_to=pl.coalesce(next_begin, midnight("_ended")),
        _had_row=same_as(-1, group) & (pl.int_range(pl.len()) > 0),
    )
    found = ends.with_columns(is_current=pl.col("valid_to").is_null())
    return found.filter(~pl.col("_deleted")), found.filter("_deleted", "_had_row")


def _without_added(rows: pl.DataFrame) -> list[str]:
    return [name for name in rows.columns if name not in _ADDED]
