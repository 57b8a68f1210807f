"""Whether bronze holds the rows that `lake.files` counts: by day from the log, then by file."""

import datetime as dt
from dataclasses import dataclass
from typing import Self

import polars as pl

from mega_toys.declared.table import Table
from mega_toys.lake.own.files import FILES, dataset_of
from mega_toys.lake.run.work import Work

_AT = "_ingested_at"
_LOGGED = "ms"  # the log tells instants no finer


@dataclass(frozen=True, kw_only=True)
class Discrepancy:
    """A file of which bronze holds other rows than `lake.files` counts, or those of another batch.

    `counted_at` and `stamped_at` are the instants of ingestion of the batch that counted, and of
    the rows that are there.
    """

    path: str
    landing_day: dt.date
    counted: int
    counted_at: dt.datetime | None
    there: int
    stamped_at: dt.datetime | None

    @property
    def is_ahead(self) -> bool:
        """Whether bronze holds what a later batch gave, which `lake.files` does not know of."""
        if self.stamped_at is None:
            return False
        return self.counted_at is None or self.stamped_at > self.counted_at


def discrepancies(table: Table, work: Work, read: pl.DataFrame) -> list[Discrepancy]:
    """The files of a bronze table that differ; rows are read only of days whose sums differ.

    `read` holds the newest version of each of its files that could be read.
    """
    counted = read.select("path", "landing_day", "rows", "ingested_at")
    days = _differing_days(table, counted, work)
    if not days:
        return []
    none = pl.LazyFrame(schema=work.stored(table).schema)  # where somebody removed the table
    is_there = work.store.exists(table.name)
    rows = work.scan_days(table.name, "_landed_on", days) if is_there else none
    there = rows.group_by(path="_file", day="_landed_on").agg(
        there=pl.len().cast(pl.Int64), stamped_at=pl.col(_AT).min()
    )
    of_days = counted.lazy().filter(pl.col("landing_day").is_in(list(days)))
    both = of_days.join(there, on="path", how="full", coalesce=True).with_columns(
        pl.col("rows", "there").fill_null(0), pl.coalesce("landing_day", "day")
    )
    older = (pl.col("there") > 0) & (pl.col("stamped_at") < pl.col("ingested_at"))
    wrong = both.filter((pl.col("rows") != pl.col("there")) | older.fill_null(False))
    named = wrong.select(
        "path", "landing_day", counted="rows", counted_at="ingested_at",
        there="there", stamped_at="stamped_at",
    )  # fmt: skip
    found = named.sort("path").collect(engine="streaming")
    return [Discrepancy(**row) for row in found.iter_rows(named=True)]


def _differing_days(table: Table, counted: pl.DataFrame, work: Work) -> set[dt.date]:
    """The landing days whose rows, or whose newest instant of ingestion, bronze lacks."""
    logged = work.store.rows_and_newest(work.stored(table), _AT)
    giving = counted.filter(pl.col("rows") > 0).group_by(day="landing_day")
    sums = giving.agg(pl.col("rows").sum(), at=pl.col("ingested_at").max())
    both = sums.join(logged, on="day", how="full", coalesce=True)
    older = pl.col("newest").dt.truncate(f"1{_LOGGED}") < pl.col("at").dt.truncate(f"1{_LOGGED}")
    differ = pl.col("rows").fill_null(0) != pl.col("logged").fill_null(0)
    return set(both.filter(differ | older.fill_null(False))["day"])


@dataclass(frozen=True)
class Settlement:
    """What is to become of discrepancies of files that the landing zone does not give.

    What a batch that was killed added is `ahead` and will be counted; what it or a rebuild that
    was killed took out is `left_out` and will be counted no longer; the rest is `lost`.
    """

    ahead: list[Discrepancy]
    left_out: list[Discrepancy]
    lost: list[Discrepancy]

    @classmethod
    def of(cls, table: Table, lacking: list[Discrepancy], work: Work) -> Self:
        """Sort the discrepancies of a bronze table."""
        taken_out = _taken_out_at(table, work) if lacking else None
        ahead = [one for one in lacking if one.is_ahead]
        left_out = [
            one
            for one in lacking
            if not one.there and taken_out and one.counted_at and one.counted_at < taken_out
        ]
        return cls(ahead, left_out, [one for one in lacking if one not in (*ahead, *left_out)])


def _taken_out_at(table: Table, work: Work) -> dt.datetime | None:
    """When rows were last taken out of a bronze table without a word of it in `lake.files`.

    By a rebuild, or by a batch that died before it noted its files, such as one sent again empty;
    as far as the newest commits tell.
    """
    known = set(work.store.of_partition(FILES, dataset_of(table))["ingested_at"])
    stamps = [
        (dt.datetime.fromisoformat(note.ingested_at), note.swapped)
        for note in work.store.recent_notes(table.name)
        if note.replaced and note.ingested_at
    ]
    return max((at for at, swapped in stamps if swapped or at not in known), default=None)
