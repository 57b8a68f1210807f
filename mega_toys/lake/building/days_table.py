"""`lake.days`: for every table and day whether it is final and up to date."""

import datetime as dt
from collections.abc import Iterable

import polars as pl

from mega_toys.declared.days import shifted
from mega_toys.declared.table import ByDay, Counted, Events, FromBronze, Table
from mega_toys.declared.window import WINDOW
from mega_toys.lake.building.aside import pieces
from mega_toys.lake.news.stale import inputs_of, moved, stale_days
from mega_toys.lake.own.accounts import ACCOUNTS
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.tables import Stored

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
Row = tuple[str, dt.date, str, bool, dt.datetime]


def days_are_behind(work: Work) -> bool:
    """Whether `lake.days` lacks a day or tells otherwise of one, while no table has news.

    As after a run that was killed before it kept them, after this table was removed, or once
    the window of a day has closed.
    """
    told: dict[str, dict[dt.date, tuple[str, bool]]] = {}
    for name, day, *says in work.store.scan(DAYS.name).collect().rows():
        told.setdefault(name, {})[day] = (says[0], says[1])
    return any(
        mine.get(day) != (_status(day, first), False)
        for table in work.catalog
        if table.day_column
        for mine, first in [(told.get(str(table.name), {}), first_open(table, work))]
        for day in mine.keys() | _days_there(table, work)
    )


def keep_days_of(outcome: Outcome, work: Work) -> None:
    """Bring `lake.days` up to date after a run of one table: its own days and its readers'."""
    table = work.catalog[outcome.table]
    written = {piece.stored.name for piece in pieces(table, work)}
    readers = [one for one in work.catalog if written & {*inputs_of(one, work.catalog)}]
    keep_days([outcome], work, [table, *readers])


def keep_days(
    outcomes: Iterable[Outcome], work: Work, tables: Iterable[Table] | None = None
) -> None:
    """Bring `lake.days` up to date, of all tables or of some, where it differs."""
    refreshed = {outcome.table: outcome for outcome in outcomes}
    before: dict[str, set[Row]] = {}
    for row in work.store.scan(DAYS.name).collect().rows():
        before.setdefault(row[0], set()).add(row)
    changed: dict[str, list[Row]] = {}
    for table in work.catalog if tables is None else tables:
        if table.day_column:
            name = str(table.name)
            mine = before.get(name, set())
            after = _days_of(table, mine, refreshed.get(name), work)
            if mine != set(after):
                changed[name] = after
    if changed:
        rows = [row for of_table in changed.values() for row in of_table]
        frame = pl.DataFrame(rows, schema=DAYS.schema, orient="row")
        work.store.replace_partitions(DAYS, frame, changed, work.note(whole=True))


def _days_of(table: Table, before: Iterable[Row], outcome: Outcome | None, work: Work) -> list[Row]:
    now, first = work.now(), first_open(table, work)
    since = {day: at for _, day, *_, at in before}
    touched = outcome.days | outcome.unchanged if outcome else set()
    days = _days_there(table, work) | set(since)
    news = moved(table, work)
    maybe = days if news else set()  # only taking the news in tells which days it touches
    stale = stale_days(table, news, work) if isinstance(table, (ByDay, Counted)) else maybe
    return [
        (
            str(table.name),
            day,
            _status(day, first),
            day in stale,
            now if day in touched else since.get(day, now),
        )
        for day in sorted(days)
    ]


def first_open(table: Table, work: Work) -> dt.date:
    """The first day whose window of late records is open, of the table or of what it reads."""
    after = open_for(table, work)
    return dt.date.min if after is None else shifted(work.now().date(), -after)


def open_for(table: Table, work: Work) -> int | None:
    """The days after which no late record comes into a day; none where one may at any time."""
    own = table.window if isinstance(table, Events) else WINDOW
    inputs = [open_for(work.catalog[name], work) for name in table.reads]
    found = [after for after in (own.after, *inputs) if after is not None]
    return max(found) if len(found) == len(inputs) + 1 else None


def takes_however_late(table: Table, work: Work) -> bool:
    """Whether what comes of a day that has closed counts all the same: of events it does not.

    A landing file is taken in, and a version of a record is compared, whenever it comes.
    """
    if isinstance(table, ByDay):
        return any(takes_however_late(work.catalog[name], work) for name in table.reads)
    return not isinstance(table, Events)


def _status(day: dt.date, first_open: dt.date) -> str:
    return PROVISIONAL if day >= first_open else CLOSED


def _days_there(table: Table, work: Work) -> set[dt.date]:
    return set(work.store.rows_by_day(work.stored(table))) | _accounted(table, work)


def _accounted(table: Table, work: Work) -> set[dt.date]:
    if not isinstance(table, FromBronze):
        return set()
    return set(work.store.of_partition(ACCOUNTS, str(table.name))["day"])
