"""What became of the records received, as the lake itself counts it."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from mega_toys.catalog_site.drift import Ends
from mega_toys.declared.errors import LakeError
from mega_toys.lake.quarantined.quality import ANY, QUALITY
from mega_toys.lake.reading.reader import Reader

_COUNTS = ("quarantined", "open", "corrected", "dismissed")


@dataclass(frozen=True)
class Broken:
    """How many records of a table broke a rule, and how these stand."""

    table: str
    rule: str
    quarantined: int
    open: int
    corrected: int
    dismissed: int
    newest: dt.date


@dataclass(frozen=True)
class Rejected:
    """All that was rejected: by table and rule, most first, and of each table by day."""

    by_rule: list[Broken]
    by_day: dict[str, dict[dt.date, int]]
    shares: dict[str, dict[dt.date, Ends]]  # of the records received
    untold: str = ""  # why it cannot be told

    @classmethod
    def of(cls, reader: Reader) -> "Rejected":
        """Read in one pass."""
        try:
            counts = reader.scan(QUALITY.name)
            some = counts.filter(pl.col("quarantined") > 0)
            by_rule, by_day = pl.collect_all([_by_rule(some), _by_day(counts)])
        except LakeError as error:
            return cls([], {}, {}, str(error))
        days: dict[str, dict[dt.date, int]] = {}
        shares: dict[str, dict[dt.date, Ends]] = {}
        for table, day, received, rejected in by_day.rows():
            share = rejected / received if received else 0.0
            shares.setdefault(table, {})[day] = Ends(share, share)
            if rejected:
                days.setdefault(table, {})[day] = rejected
        return cls([Broken(**row) for row in by_rule.iter_rows(named=True)], days, shares)

    def of_table(self, name: object) -> list[Broken]:
        """The rules that records of a table broke."""
        return [one for one in self.by_rule if one.table == str(name)]

    def rules(self) -> Iterator[tuple[str, list[Broken]]]:
        """Each rule with the tables whose records broke it, most first."""
        found: dict[str, list[Broken]] = {}
        for one in self.by_rule:
            found.setdefault(one.rule, []).append(one)
        yield from sorted(found.items(), key=lambda one: -sum(b.quarantined for b in one[1]))


def _by_rule(counts: pl.LazyFrame) -> pl.LazyFrame:
    rules = counts.filter(pl.col("rule") != ANY).group_by("table", "rule")
    told = rules.agg(pl.col(_COUNTS).sum(), newest=pl.col("day").max())
    return told.sort("quarantined", "table", "rule", descending=[True, False, False])


def _by_day(counts: pl.LazyFrame) -> pl.LazyFrame:
    return (
        counts.filter(pl.col("rule") == ANY)
        .group_by("table", "day")
        .agg(pl.col("received", "quarantined").sum())
        .sort("table", "day")
    )
