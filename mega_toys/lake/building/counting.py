"""The counting of a silver table's records, day by day, into the accounts."""

import datetime as dt
from collections.abc import Collection

import polars as pl

from mega_toys.declared.table import ByBusinessDay, Events
from mega_toys.lake.building.accepted import replace_differing
from mega_toys.lake.building.taking import ACCOUNT_DAY, Taking
from mega_toys.lake.judging.rows import differ
from mega_toys.lake.news.received import News
from mega_toys.lake.own import accounts, quarantine_tables
from mega_toys.lake.own.accounts import Counts
from mega_toys.lake.own.files import file_group
from mega_toys.lake.store.step import step


def write_batch(
    taking: Taking, days: set[dt.date], accepted: pl.DataFrame, rejected: pl.DataFrame
) -> None:
    """Replace these days: quarantine, accounts, then silver, so that no day lacks the former."""
    taking.write_quarantine(rejected, days)
    keep_accounts(taking, by_day(accepted, "day"), days)
    taking.write_days(accepted, days)


def by_day(rows: pl.DataFrame, day: str) -> dict[dt.date, int]:
    """How many rows each day has."""
    return dict(rows.group_by(day).len().rows())


def keep_accounts(
    taking: Taking, accepted: Counts, days: Collection[dt.date] | None = None
) -> None:
    """Write the accounts of some days, or of all, for the accepted rows that silver is to have."""
    name, table, store = str(taking.table.name), accounts.ACCOUNTS, taking.work.store
    received = received_by_day(taking)
    accepted = _with_ended(taking, accepted)
    rejected = store.rows_by_day(quarantine_tables.stored(taking.table))
    counted = accounts.account(name, received, accepted, rejected)
    before = store.of_partition(table, name)
    after = counted
    if days is not None:
        mine = pl.col("day").is_in(list(days))
        after = pl.concat([before.filter(~mine), counted.filter(mine)])
    if differ(before.lazy(), after.lazy(), list(table.schema)):
        store.replace_partitions(table, after, [name], taking.work.note(whole=True))
    step("accounts.written")


def _with_ended(taking: Taking, accepted: Counts) -> Counts:
    """With the deletion marks that ended a row, which are accepted as well."""
    if not taking.judge.dataset.tells_deletions:
        return accepted
    ended = by_day(accounts.ended(taking.table.name, taking.work.store).collect(), "day")
    return {day: accepted.get(day, 0) + ended.get(day, 0) for day in accepted.keys() | ended}


def tell_accounts(taking: Taking) -> None:
    """Sum the accounts of the touched days for the outcome."""
    mine = taking.work.store.of_partition(accounts.ACCOUNTS, str(taking.table.name))
    kept = mine.filter(pl.col("day").is_in(list(taking.outcome.touched)))
    sums = kept.select("received", "accepted", "duplicates", "quarantined").sum()
    taking.outcome.accounts = sums.row(0, named=True)


def received_by_day(taking: Taking) -> dict[dt.date, int]:
    """How many records were received of each day of the accounts."""
    if not isinstance(taking.table, ByBusinessDay):
        return taking.landed()
    return dict(_received(taking).group_by("day").agg(pl.col("received").sum()).rows())


def landed_days(taking: Taking, days: Collection[dt.date]) -> set[dt.date]:
    """The landing days on which records of some days were received."""
    return set(_received(taking).filter(pl.col("day").is_in(list(days)))["landed_on"])


def _received(taking: Taking) -> pl.DataFrame:
    return taking.work.store.of_partition(accounts.RECEIVED, str(taking.table.name))


def count_received(
    taking: Taking, found: News, part: Collection[dt.date] | None = None
) -> set[dt.date]:
    """Count the records of some landing days, or of all with news, by day.

    Returns the days of what came.
    """
    name, table = str(taking.table.name), accounts.RECEIVED
    landed = _landed(taking, found) if part is None else set(part)
    counts = _counted(taking, found, landed)
    before = taking.work.store.of_partition(table, name)
    others = before.filter(~pl.col("landed_on").is_in(list(landed)))
    kept = before.clear() if found.everything and part is None else others
    after = pl.concat([kept, counts.select(list(table.schema))])
    replace_differing(table, name, before, after, taking.work)
    step("received.counted")
    return set(counts.filter("new")["day"])


def _landed(taking: Taking, found: News) -> set[dt.date]:
    """The landing days with news."""
    landed = set(taking.landed()) if found.everything else found.landed | found.asked
    return landed | (set(found.waiting["_landed_on"]) if found.waiting is not None else set())


def _counted(taking: Taking, found: News, landed: set[dt.date]) -> pl.DataFrame:
    new = pl.lit(True) if found.everything else pl.col("_ingested_at").is_in(found.stamps)
    is_read_again = isinstance(taking.table, Events)
    placed = taking.hold(landed) if is_read_again else taking.placed(taking.landed_on(landed))
    by = [pl.col("_landed_on").alias("landed_on"), ACCOUNT_DAY.alias("day")]
    of_files = placed.group_by(*by, "_file").agg(received=pl.len().cast(pl.Int64), new=new.any())
    of_groups = of_files.group_by("landed_on", "day", file_group=file_group(pl.col("_file")))
    counted = of_groups.agg(pl.col("received").sum(), pl.col("new").any())
    return counted.with_columns(table=pl.lit(str(taking.table.name))).collect(engine="streaming")
