"""The counting of a silver table's records, by day and file group, into the accounts."""

import datetime as dt

import polars as pl

from mega_toys.lake import accounts, quarantine
from mega_toys.lake.days import spans
from mega_toys.lake.files import file_group
from mega_toys.lake.news import News
from mega_toys.lake.rows import differ, differing_days
from mega_toys.lake.store import Stored
from mega_toys.lake.table import Kind
from mega_toys.lake.taking import ACCOUNT_DAY, Taking
from mega_toys.lake.work import in_spans


def keep_accounts(taking: Taking, found: News) -> None:
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
    _keep_accepted(taking, found)


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
    landed = set(taking.landed()) if found.everything else set(found.landed)
    if found.waiting is not None:
        landed |= set(found.waiting["_landed_on"])
    counts = _counted(taking, found, landed)
    before = _kept(taking, accounts.RECEIVED)
    others = before.filter(~pl.col("landed_on").is_in(list(landed)))
    kept = before.clear() if found.everything else others
    _replace(taking, accounts.RECEIVED, before, pl.concat([kept, counts.select(before.columns)]))
    return set(counts.filter("new")["day"])


def _counted(taking: Taking, found: News, landed: set[dt.date]) -> pl.DataFrame:
    new = pl.lit(True) if found.everything else pl.col("_ingested_at").is_in(found.stamps)
    placed = taking.judge.placed(taking.landed_on(landed))
    by = [pl.col("_landed_on").alias("landed_on"), ACCOUNT_DAY.alias("day")]
    of_files = placed.group_by(*by, "_file").agg(received=pl.len().cast(pl.Int64), new=new.any())
    of_groups = of_files.group_by("landed_on", "day", file_group=file_group(pl.col("_file")))
    counted = of_groups.agg(pl.col("received").sum(), pl.col("new").any())
    return counted.with_columns(table=pl.lit(str(taking.table.name))).collect(engine="streaming")


def _keep_accepted(taking: Taking, found: News) -> None:
    """Count what is accepted anew on the days that changed since it was counted last."""
    name, store = str(taking.table.name), taking.work.store
    state = store.state(accounts.ACCEPTED.name)
    versions = dict(state.reads) if state else {}
    days, counts = _newly_accepted(taking, found, versions.get(name))
    before = _kept(taking, accounts.ACCEPTED)
    kept = before.clear() if days is None else before.filter(~pl.col("day").is_in(list(days)))
    after = pl.concat([kept, counts.with_columns(table=pl.lit(name)).select(before.columns)])
    versions[name] = store.version(taking.table.name)
    _replace(taking, accounts.ACCEPTED, before, after, versions)


def _newly_accepted(
    taking: Taking, found: News, version: int | None
) -> tuple[set[dt.date] | None, pl.DataFrame]:
    """The days that are counted anew, none standing for all, and what is accepted on them.

    Events do not keep the file of a record: their counts are taken while they are built.
    """
    if taking.table.kind is Kind.EVENTS:
        nothing = pl.DataFrame(schema=accounts.ACCEPTED.schema).drop("table")
        counts = pl.concat([nothing, *taking.accepted], how="diagonal")
        return None if found.everything else set(taking.outcome.touched), counts
    if taking.table.kind is not Kind.CURRENT:
        return None, accepted_by_group(taking.silver, "_landed_on")
    history = taking.work.store.since(taking.table.name, version)
    if history.notes is None:
        return None, accepted_by_group(taking.silver, "day")
    days = {day for note in history.notes for day in note.days}
    return days, accepted_by_group(taking.silver.filter(in_spans("day", spans(days))), "day")


def accepted_by_group(records: pl.LazyFrame, day: str) -> pl.DataFrame:
    """Accepted records by file group and by the day of their accounts, which a column tells."""
    of_files = records.group_by(pl.col(day).alias("day"), "_file").agg(accepted=pl.len())
    of_groups = of_files.group_by("day", file_group=file_group(pl.col("_file")))
    return of_groups.agg(pl.col("accepted").sum().cast(pl.Int64)).collect(engine="streaming")


def _kept(taking: Taking, counts: Stored) -> pl.DataFrame:
    mine = pl.col("table") == str(taking.table.name)
    return taking.work.store.scan(counts.name).filter(mine).select(list(counts.schema)).collect()


def _replace(
    taking: Taking,
    counts: Stored,
    before: pl.DataFrame,
    after: pl.DataFrame,
    versions: dict[str, int] | None = None,
) -> None:
    """Write the counts of the table where they differ, with the days on which they do."""
    days = {*before["day"], *after["day"]}
    changed = differing_days(before.lazy(), after, "day", list(counts.schema), days)
    if changed:
        note = taking.work.note(days=tuple(changed), reads=versions or {})
        taking.work.store.replace_partition(counts, after, str(taking.table.name), note)
