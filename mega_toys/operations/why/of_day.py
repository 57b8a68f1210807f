"""What is special of a day: its rows beside those that are usual, and what was rejected of it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from statistics import median

import polars as pl

from mega_toys.declared.days import shifted
from mega_toys.declared.extents import Days
from mega_toys.declared.table import Bronze, FromBronze, Table
from mega_toys.declared.words import counted
from mega_toys.lake.building.days_table import DAYS, PROVISIONAL
from mega_toys.lake.checks.pace import FEWEST_WEEKS, LEAST, MOST, WEEKS
from mega_toys.lake.news.stale import days_read
from mega_toys.lake.own.accounts import ACCOUNTS, RECEIVED
from mega_toys.lake.own.quarantine_tables import stored as quarantine_of
from mega_toys.lake.run.work import Work
from mega_toys.operations.why.cause import Cause

_RULES, _FILES = 5, 3  # that are named
Usual = tuple[int, float]  # how many there are, and how many are usual


def of_day(table: Table, work: Work, day: dt.date) -> Iterator[Cause]:
    """How many rows a day has and whether that is usual, what was rejected, whether it is final."""
    yield from _size(table, work, day)
    if isinstance(table, FromBronze):
        yield from _account(table, work, day)
    yield from _final(table, work, day)


def _size(table: Table, work: Work, day: dt.date) -> Iterator[Cause]:
    """The rows of the day beside those of its weekday, and where they are missing."""
    rows, usual = beside_usual(days_read(table.name, work), day)
    told = f"{table.name} has {counted(rows, 'row')} on {day}"
    if day >= work.now().date():
        how = "is not over" if day == work.now().date() else "has not begun"
        yield Cause(f"{told}, which {how} (UTC).")
    elif not usual:
        yield Cause(f"{told}.")
    elif LEAST <= rows / usual <= MOST:
        yield Cause(f"{told}, as usual on its weekday (median {usual:g}).")
    else:
        how = "fewer" if rows < usual else "more"
        because = tuple(_where(table, work, day))
        yield Cause(f"{told}, {how} than usual on its weekday (median {usual:g}).", because)


def beside_usual(rows: Mapping[dt.date, int], day: dt.date) -> Usual:
    """The rows of a day, and the median of its weekday before; 0 where too few weeks have rows."""
    before = [rows.get(shifted(day, -7 * week), 0) for week in range(1, WEEKS + 1)]
    filled = [many for many in before if many]
    return rows.get(day, 0), median(filled) if len(filled) >= FEWEST_WEEKS else 0


def _where(table: Table, work: Work, day: dt.date) -> Iterator[Cause]:
    """Of what there is another number than usual: groups of files, or days of inputs."""
    if isinstance(table, FromBronze):
        yield from _groups(table, work, day)
        return
    for name, extent in table.reads.items():
        source = work.catalog[name]
        if isinstance(source, Bronze) or not isinstance(extent, Days) or "day" not in source.schema:
            continue
        for one in range(extent.first, extent.last + 1):
            rows, usual = beside_usual(days_read(name, work), shifted(day, one))
            if usual and not LEAST <= rows / usual <= MOST:
                yield from _size(source, work, shifted(day, one))


def _groups(table: FromBronze, work: Work, day: dt.date) -> Iterator[Cause]:
    received = work.store.of_partition(RECEIVED, str(table.name))
    by_group = received.group_by("file_group", "day").agg(pl.col("received").sum())
    for group in sorted(by_group["file_group"].unique().drop_nulls()):
        mine = by_group.filter(pl.col("file_group") == group)
        rows, usual = beside_usual(dict(mine.select("day", "received").rows()), day)
        if usual and not LEAST <= rows / usual <= MOST:
            told = f"files .{group} brought {counted(rows, 'record')} of that day"
            yield Cause(f"{told}, usually {usual:g}.")


def _account(table: FromBronze, work: Work, day: dt.date) -> Iterator[Cause]:
    accounts = work.store.of_partition(ACCOUNTS, str(table.name)).filter(pl.col("day") == day)
    if not accounts.height:
        yield Cause(f"No record of {day} was received.")
        return
    (one,) = accounts.iter_rows(named=True)
    told = f"Of {counted(one['received'], 'record')} received {one['accepted']} were accepted"
    told += f", {one['duplicates']} were duplicates, {one['quarantined']} are quarantined."
    yield Cause(told, tuple(_rules(table, work, day)) if one["quarantined"] else ())


def _rules(table: FromBronze, work: Work, day: dt.date) -> Iterator[Cause]:
    """The rules that records of the day break, with the files that have most of these."""
    rejected = work.store.scan(quarantine_of(table).name).filter(pl.col("day") == day)
    broken = rejected.select("_file", rule="rules").explode("rule").collect()
    counts = broken.group_by("rule").len().sort("len", "rule", descending=[True, False])
    for rule, many in counts.head(_RULES).rows():
        files = broken.filter(pl.col("rule") == rule)["_file"].value_counts(sort=True)
        named = [Cause(f"{path}: {rows}") for path, rows in files.head(_FILES).rows()]
        yield Cause(f"{rule} is broken by {counted(many, 'record')}.", tuple(named))


def _final(table: Table, work: Work, day: dt.date) -> Iterator[Cause]:
    days = work.store.of_partition(DAYS, str(table.name)).filter(pl.col("day") == day)
    for status in days["status"]:
        if status == PROVISIONAL:
            yield Cause(f"{day} is provisional: late records may still come.")
