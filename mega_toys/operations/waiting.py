"""What of a table waits to be built, as far as the lake knows."""

import datetime as dt
from pathlib import Path

import polars as pl

from mega_toys.declared.table import Kind, Table
from mega_toys.ingestion.loading.arrivals import news_of_landing
from mega_toys.lake.checks import to_look_at
from mega_toys.lake.news.stale import has_moved, moved, stale_days
from mega_toys.lake.run.work import Work
from mega_toys.operations.refresh import blocked_by


def has_news(table: Table, work: Work, landing_root: Path) -> bool:
    """Whether there is anything that the table has not taken in."""
    if table.kind is Kind.BRONZE:
        return bool(news_of_landing(table, work, landing_root))
    return has_moved(table, work)


def is_up_to_date(table: Table, work: Work, landing_root: Path) -> bool:
    """Whether the table has taken in everything, and nothing that it reads is in doubt."""
    waits = has_news(table, work, landing_root) or to_look_at(table, work)
    return not waits and not blocked_by(table, work)


def days_with_news(table: Table, work: Work, landing_root: Path) -> set[dt.date]:
    """The days that wait to be built; none where that is not known.

    Of a table made from bronze these are the days on which the news landed: which business days
    they touch shows when they are read.
    """
    try:
        if table.kind is Kind.BRONZE:
            return news_of_landing(table, work, landing_root)
        return stale_days(table, work) if table.kind is Kind.BY_DAY else _landed(table, work)
    except (Exception, pl.exceptions.PanicException):  # what broke the table may break this, too
        return set()


def _landed(table: Table, work: Work) -> set[dt.date]:
    days: set[dt.date] = set()
    for name, version in moved(table, work).items():
        notes = work.store.since(name, version).notes
        if notes is None:
            days |= set(work.store.rows_by_day(work.stored(work.catalog[name])))
        else:
            days |= {day for note in notes for day in note.days}
    return days
