"""The counting of accepted records by file group, which the accounts do not tell apart."""

import datetime as dt
from collections.abc import Iterable

import polars as pl

from mega_toys.declared.days import spans
from mega_toys.declared.table import Current, Events
from mega_toys.lake.building.taking import Taking
from mega_toys.lake.judging.rows import differing_days
from mega_toys.lake.news.received import News
from mega_toys.lake.own import accounts
from mega_toys.lake.own.accounts import ACCEPTED
from mega_toys.lake.own.files import file_group
from mega_toys.lake.run.work import Work, in_spans
from mega_toys.lake.store.tables import Stored


def keep_accepted(taking: Taking, found: News) -> None:
    """Count what is accepted anew on the days that changed since it was counted last."""
    name, store = str(taking.table.name), taking.work.store
    state = store.state(ACCEPTED.name)
    versions = dict(state.reads) if state else {}
    days, counts = _newly_accepted(taking, found, versions.get(name))
    before = store.of_partition(ACCEPTED, name)
    kept = before.clear() if days is None else before.filter(~pl.col("day").is_in(list(days)))
    after = pl.concat([kept, counts.with_columns(table=pl.lit(name)).select(kept.columns)])
    versions[name] = store.version(taking.table.name)
    replace_differing(ACCEPTED, name, before, after, taking.work, versions)


def _newly_accepted(
    taking: Taking, found: News, version: int | None
) -> tuple[set[dt.date] | None, pl.DataFrame]:
    """The days that are counted anew, none standing for all, and what is accepted on them.

    Events do not keep the file of a record: their counts are taken while they are built, as are
    those of tables of which only some keys are looked at.
    """
    nothing = pl.DataFrame(schema=ACCEPTED.schema).drop("table")
    counts = pl.concat([nothing, *taking.accepted], how="diagonal")
    if isinstance(taking.table, Events):
        return None if found.everything else set(taking.outcome.touched), summed([counts])
    ended = accounts.ended(taking.table.name, taking.work.store).select("day", "_file")
    if not isinstance(taking.table, Current):
        return None, summed([counts, accepted_by_group(ended, "day")])
    if taking.judge.dataset.tells_deletions:
        rows = pl.concat([taking.silver.select("day", "_file"), ended])
        return None, accepted_by_group(rows, "day")
    history = taking.work.store.since(taking.table.name, version)
    if history.notes is None or any(note.whole for note in history.notes):
        return None, accepted_by_group(taking.silver, "day")
    days = {day for note in history.notes for day in note.days}
    return days, accepted_by_group(taking.silver.filter(in_spans("day", spans(days))), "day")


def accepted_by_group(records: pl.LazyFrame, day: str) -> pl.DataFrame:
    """Accepted records by file group and by the day of their accounts, which a column tells."""
    of_files = records.group_by(pl.col(day).alias("day"), "_file").agg(accepted=pl.len())
    of_groups = of_files.group_by("day", file_group=file_group(pl.col("_file")))
    return of_groups.agg(pl.col("accepted").sum().cast(pl.Int64)).collect(engine="streaming")


def summed(counts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Counts of accepted records that are one, by day and file group."""
    by = ["day", "file_group"]
    return pl.concat(counts).group_by(by).agg(pl.sum("accepted")).filter(pl.col("accepted") != 0)


def is_counted_as_it_is(taking: Taking) -> bool:
    """Whether the accepted records of the table were counted as it is now."""
    name, store = taking.table.name, taking.work.store
    state = store.state(ACCEPTED.name)
    counted_at = state.reads.get(str(name)) if state else None
    return not store.since(name, counted_at).changed


def counted_in_silver(taking: Taking) -> pl.DataFrame:
    """The accepted records that have a row in the table, by landing day and file group.

    As they were counted last, where the table is still the same; else counted now.
    """
    name, store = taking.table.name, taking.work.store
    counted = store.of_partition(ACCEPTED, str(name))
    no_marks = counted["accepted"].sum() == store.height(name)  # of deletion beside
    if no_marks and is_counted_as_it_is(taking):
        return counted.drop("table")
    return accepted_by_group(taking.silver, "_landed_on")


def replace_differing(
    counts: Stored,
    name: str,
    before: pl.DataFrame,
    after: pl.DataFrame,
    work: Work,
    versions: dict[str, int] | None = None,
) -> None:
    """Write the counts of a table where they differ; the commit tells on which days."""
    days = {*before["day"], *after["day"]}
    changed = differing_days(before.lazy(), after, "day", list(counts.schema), days)
    if changed:
        note = work.note(days=tuple(changed), reads=versions or {})
        work.store.replace_partitions(counts, after, [name], note)
