"""`lake.days`: for every table and day whether it is final and up to date."""

import datetime as dt
from collections.abc import Iterable

import polars as pl

from mega_toys.declared.days import shifted
from mega_toys.declared.table import FROM_BRONZE, Kind, Table
from mega_toys.lake.judging.judge import WINDOW
from mega_toys.lake.judging.rows import differ
from mega_toys.lake.news.stale import moved, stale_days
from mega_toys.lake.own.accounts import ACCOUNTS
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.store import Stored

PROVISIONAL, CLOSED = "provisional", "closed"
DAYS = Stored(
    "lake.days",
    pl.Schema(
        {
            "table": pl.String(),
            "day": pl.Date(),
            "status": pl.String(),
            "stale": pl.Boolean(),
            "refreshed_at": pl.Datetime("us", "UTC"),
        }
    ),
    "table",
)


def lacks_a_table(work: Work) -> bool:
    """Whether a table with rows has no day here, as when this one was removed and made anew."""
    there = set(work.store.scan(DAYS.name).select("table").unique().collect().to_series())
    absent = [table for table in work.catalog if table.day_column and str(table.name) not in there]
    return any(work.store.rows_by_day(work.stored(table)) for table in absent)


def keep_days_of(outcome: Outcome, work: Work) -> None:
    """Bring `lake.days` up to date after a run of one table: its own days and its readers'."""
    name = outcome.table
    keep_days([outcome], work, [t for t in work.catalog if name in map(str, (t.name, *t.reads))])


def keep_days(
    outcomes: Iterable[Outcome], work: Work, tables: Iterable[Table] | None = None
) -> None:
    """Bring `lake.days` up to date, of all tables or of some: a commit for each that differs."""
    refreshed = {outcome.table: outcome for outcome in outcomes}
    before = work.store.scan(DAYS.name).collect()
    for table in work.catalog if tables is None else tables:
        if table.day_column:
            mine = before.filter(pl.col("table") == str(table.name))
            after = _days_of(table, mine, refreshed.get(str(table.name)), work)
            if differ(mine.lazy(), after, list(DAYS.schema)):
                note = work.note(whole=True)
                work.store.replace_partition(DAYS, after, str(table.name), note)


def _days_of(
    table: Table, before: pl.DataFrame, outcome: Outcome | None, work: Work
) -> pl.DataFrame:
    now = work.now()
    last_open = shifted(now.date(), -WINDOW[1])
    since = dict(before.select("day", "refreshed_at").rows())
    touched = outcome.days | outcome.unchanged if outcome else set()
    days = set(work.store.rows_by_day(work.stored(table))) | _accounted(table, work) | set(since)
    news = moved(table, work)
    maybe = days if news else set()  # only taking the news in tells which days it touches
    stale = stale_days(table, news, work) if table.kind is Kind.BY_DAY else maybe
    rows = [
        (
            str(table.name),
            day,
            PROVISIONAL if day >= last_open else CLOSED,
            day in stale,
            now if day in touched else since.get(day, now),
        )
        for day in sorted(days)
    ]
    return pl.DataFrame(rows, schema=DAYS.schema, orient="row")


def _accounted(table: Table, work: Work) -> set[dt.date]:
    if table.kind not in FROM_BRONZE:
        return set()
    mine = work.store.scan(ACCOUNTS.name).filter(pl.col("table") == str(table.name))
    return set(mine.select("day").collect().to_series())
