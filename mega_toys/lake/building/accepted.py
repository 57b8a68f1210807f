"""The counting of accepted records by file group, which the accounts do not tell apart."""

import datetime as dt

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

    Events do not keep the file of a record: their counts are taken while they are built.
    """
    if isinstance(taking.table, Events):
        nothing = pl.DataFrame(schema=ACCEPTED.schema).drop("table")
        counts = pl.concat([nothing, *taking.accepted], how="diagonal")
        return None if found.everything else set(taking.outcome.touched), counts
    if taking.judge.dataset.tells_deletions:
        day = "day" if isinstance(taking.table, Current) else "_landed_on"
        rows = taking.silver.select(pl.col(day).alias("day"), "_file")
        ended = accounts.ended(taking.table.name, taking.work.store).select("day", "_file")
        return None, accepted_by_group(pl.concat([rows, ended]), "day")
    if not isinstance(taking.table, Current):
        return None, accepted_by_group(taking.silver, "_landed_on")
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
