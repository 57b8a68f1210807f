"""How a table stands, told from the lake alone."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from mega_toys.lake.checks import noted
from mega_toys.lake.code import is_of_other_code
from mega_toys.lake.days_table import CLOSED, DAYS, PROVISIONAL
from mega_toys.lake.quarantine import stored as quarantine_of
from mega_toys.lake.stale import moved, stale_days
from mega_toys.lake.standing import resolved
from mega_toys.lake.table import FROM_BRONZE, Kind, Table
from mega_toys.lake.work import Work


@dataclass(frozen=True)
class Status:
    """One table: its newest days, what is left to do, what is wrong."""

    table: str
    newest_closed: dt.date | None
    newest_provisional: dt.date | None
    has_news: bool
    stale: int  # days, of a table built by day
    failed: tuple[str, ...]
    warned: tuple[str, ...]  # checks that do not block
    quarantined: int
    open: int  # of the quarantined
    taken_in_at: dt.datetime | None  # when news were last taken in
    fresh_until: dt.datetime | None  # as its contract promises
    older_code: bool

    @property
    def up_to_date(self) -> bool:
        """Whether there is nothing to do and nothing wrong."""
        return not (self.has_news or self.failed or self.older_code)


def statuses(work: Work) -> list[Status]:
    """The status of every table that is not bronze, in the order of building."""
    days = work.store.scan(DAYS.name).collect()
    return [_status(t, days, work) for t in work.catalog if t.kind is not Kind.BRONZE]


def _status(table: Table, days: pl.DataFrame, work: Work) -> Status:
    state, taken_in_at = work.store.state(table.name), work.store.taken_in_at(table.name)
    stands = noted(table, work)
    mine = days.filter(pl.col("table") == str(table.name))
    rejected = work.store.rows_by_day(quarantine_of(table)) if table.kind in FROM_BRONZE else {}
    return Status(
        table=str(table.name),
        newest_closed=_newest(mine, CLOSED),
        newest_provisional=_newest(mine, PROVISIONAL),
        has_news=bool(moved(table, work)),
        stale=len(stale_days(table, work)) if table.kind is Kind.BY_DAY else 0,
        failed=tuple(stands.failed),
        warned=tuple(stands.warned),
        quarantined=sum(rejected.values()),
        open=sum(rejected.values()) - (resolved(table, work).height if rejected else 0),
        taken_in_at=taken_in_at,
        fresh_until=taken_in_at + table.contract.fresh_within if taken_in_at else None,
        older_code=is_of_other_code(table, state, work.catalog),
    )


def _newest(days: pl.DataFrame, status: str) -> dt.date | None:
    found = days.filter(pl.col("status") == status)["day"].max()
    return found if isinstance(found, dt.date) else None
