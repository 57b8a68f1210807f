"""The counting of a silver table's records, day by day, into the accounts."""

import datetime as dt

import polars as pl

from mega_toys.lake import accounts, quarantine
from mega_toys.lake.files import file_group
from mega_toys.lake.groups import replace_differing
from mega_toys.lake.news import News
from mega_toys.lake.rows import differ
from mega_toys.lake.table import Kind
from mega_toys.lake.taking import ACCOUNT_DAY, Taking


def keep_accounts(taking: Taking) -> None:
    """Write the accounts of the table as they are now."""
    name, store = str(taking.table.name), taking.work.store
    received, accepted = _received_and_accepted(taking)
    rejected = store.rows_by_day(quarantine.stored(taking.table))
    account = accounts.account(name, received, accepted, rejected)
    kept = store.scan(accounts.ACCOUNTS.name).filter(pl.col("table") == name)
    if differ(kept, account, list(accounts.ACCOUNTS.schema)):
        note = taking.work.note(whole=True)
        store.replace_partition(accounts.ACCOUNTS, account, name, note)
    mine = account.filter(pl.col("day").is_in(list(taking.outcome.touched)))
    sums = mine.select("received", "accepted", "duplicates", "quarantined").sum()
    taking.outcome.accounts = sums.row(0, named=True)


def _received_and_accepted(taking: Taking) -> tuple[dict[dt.date, int], dict[dt.date, int]]:
    store = taking.work.store
    if taking.table.kind not in (Kind.EVENTS, Kind.CURRENT):
        accepted = taking.silver.group_by("_landed_on").len().collect()
        return taking.landed(), dict(accepted.rows())
    mine = store.scan(accounts.RECEIVED.name).filter(pl.col("table") == str(taking.table.name))
    received = mine.group_by("day").agg(pl.col("received").sum()).collect()
    return dict(received.rows()), store.rows_by_day(taking.work.stored(taking.table))


def count_received(taking: Taking, found: News) -> set[dt.date]:
    """Count the records of the landing days with news by day; returns the days of what came."""
    name, table = str(taking.table.name), accounts.RECEIVED
    landed = set(taking.landed()) if found.everything else set(found.landed)
    if found.waiting is not None:
        landed |= set(found.waiting["_landed_on"])
    counts = _counted(taking, found, landed)
    before = taking.work.store.scan(table.name).filter(pl.col("table") == name).collect()
    others = before.filter(~pl.col("landed_on").is_in(list(landed)))
    kept = before.clear() if found.everything else others
    after = pl.concat([kept, counts.select(list(table.schema))])
    replace_differing(table, name, before, after, taking.work)
    return set(counts.filter("new")["day"])


def _counted(taking: Taking, found: News, landed: set[dt.date]) -> pl.DataFrame:
    new = pl.lit(True) if found.everything else pl.col("_ingested_at").is_in(found.stamps)
    placed = taking.judge.placed(taking.landed_on(landed))
    by = [pl.col("_landed_on").alias("landed_on"), ACCOUNT_DAY.alias("day")]
    of_files = placed.group_by(*by, "_file").agg(received=pl.len().cast(pl.Int64), new=new.any())
    of_groups = of_files.group_by("landed_on", "day", file_group=file_group(pl.col("_file")))
    counted = of_groups.agg(pl.col("received").sum(), pl.col("new").any())
    return counted.with_columns(table=pl.lit(str(taking.table.name))).collect(engine="streaming")
