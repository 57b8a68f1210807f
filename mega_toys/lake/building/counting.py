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
    taking: Taking, days: set[dt.date], accepted: pl.DataFrame, rejected: pl.LazyFrame
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

    Returns the days of what came. Where nothing else happened, and the records from before are
    known to be counted, only what came is looked at.
    """
    name, table = str(taking.table.name), accounts.RECEIVED
    before = _received(taking)
    lacking = _lacking(taking, found) if part is None else None
    new = None if lacking is None else taking.few_new(found)
    if new is None:
        landed = _landed(taking, found) if part is None else set(part)
        counts = _counted(taking, found, landed)
        others = before.filter(~pl.col("landed_on").is_in(list(landed)))
        kept = before.clear() if found.everything and part is None else others
        after = pl.concat([kept, counts.select(list(table.schema))])
        days = set(counts.filter("new")["day"])
    else:
        days = set(new["_account_day"])
        after = _with_counted(taking, before, new) if lacking else before
    replace_differing(table, name, before, after, taking.work, _counted_at(taking, part is None))
    step("received.counted")
    return days


def _counted_at(taking: Taking, is_whole: bool) -> dict[str, int]:
    """The version of its bronze up to which the records of each table are counted."""
    name, state = str(taking.table.name), taking.work.store.state(accounts.RECEIVED.name)
    others = {} if state is None else {n: at for n, at in state.reads.items() if n != name}
    at = taking.reads.get(str(taking.table.bronze)) if is_whole else None
    return others if at is None else others | {name: at}


def _lacking(taking: Taking, found: News) -> bool | None:
    """Whether what came lacks in the counts; none where they are not known to have all before."""
    state = taking.work.store.state(accounts.RECEIVED.name)
    version = state.reads.get(str(taking.table.name)) if state else None
    commits = taking.work.store.since(taking.table.bronze, version).commits
    if commits is None:
        return None
    uncounted = [at for at, note in commits if note.changed]
    return bool(uncounted) if uncounted in ([], found.commits) else None


def _landed(taking: Taking, found: News) -> set[dt.date]:
    """The landing days with news."""
    landed = set(taking.landed()) if found.everything else found.landed | found.asked
    return landed | (set(found.waiting["_landed_on"]) if found.waiting is not None else set())


def _counted(taking: Taking, found: News, landed: set[dt.date]) -> pl.DataFrame:
    new = pl.lit(True) if found.everything else pl.col("_ingested_at").is_in(found.stamps)
    is_read_again = isinstance(taking.table, Events)
    placed = taking.hold(landed) if is_read_again else taking.placed(taking.landed_on(landed))
    return _by_group(taking, placed, new)


def _with_counted(taking: Taking, before: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """The counts with those of some records added."""
    counts = pl.concat([before, _by_group(taking, new.lazy(), pl.lit(True)).select(before.columns)])
    by = [name for name in before.columns if name != "received"]
    return counts.group_by(by).agg(pl.sum("received")).select(before.columns)


def _by_group(taking: Taking, placed: pl.LazyFrame, new: pl.Expr) -> pl.DataFrame:
    """Placed records counted by landing day, day and file group; whether `new` ones are there."""
    by = [pl.col("_landed_on").alias("landed_on"), ACCOUNT_DAY.alias("day")]
    of_files = placed.group_by(*by, "_file").agg(received=pl.len().cast(pl.Int64), new=new.any())
    of_groups = of_files.group_by("landed_on", "day", file_group=file_group(pl.col("_file")))
    counted = of_groups.agg(pl.col("received").sum(), pl.col("new").any())
    return counted.with_columns(table=pl.lit(str(taking.table.name))).collect(engine="streaming")
