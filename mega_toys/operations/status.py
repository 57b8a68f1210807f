"""How a table stands, told from the lake alone."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import polars as pl

from mega_toys.declared.table import Bronze, ByDay, Counted, FromBronze, Table
from mega_toys.declared.words import counted
from mega_toys.lake.building.days_table import CLOSED, DAYS, PROVISIONAL
from mega_toys.lake.checks import noted
from mega_toys.lake.code.hashing import is_of_other_code
from mega_toys.lake.news.stale import inputs_of
from mega_toys.lake.own.files import FILES
from mega_toys.lake.own.quarantine_tables import stored as quarantine_of
from mega_toys.lake.quarantined.decisions import DECISIONS
from mega_toys.lake.quarantined.standing import resolved
from mega_toys.lake.run.work import Work
from mega_toys.operations.plan import Plan, Todo
from mega_toys.operations.problems import DAMAGED, Problem, problems
from mega_toys.operations.set_aside import blocked_by

_NONE: Mapping[str, str] = MappingProxyType({})
Weight = Literal["well", "odd", "wrong"]
_NOT_FRESH: tuple[str, Weight] = "not fresh", "odd"


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
    open: int | None  # of the quarantined; none where that cannot be told
    taken_in_at: dt.datetime | None  # when news were last taken in
    fresh_until: dt.datetime | None  # as its contract promises
    older_code: bool
    broken: str = ""  # how, in a word: its rows cannot be read
    crashed: str = ""  # why its last build came to no end
    blocked_by: tuple[str, ...] = ()  # inputs that are damaged, or that failed blocking checks

    @property
    def up_to_date(self) -> bool:
        """Whether there is nothing to do and nothing wrong."""
        done = not (self.has_news or self.older_code)
        return done and not (self.failed or self.broken or self.crashed or self.blocked_by)

    def told(self, now: dt.datetime) -> list[tuple[str, Weight]]:
        """How it stands, in words: what is wrong, what is to do, and whether it is late."""
        wrong = [self.broken] * bool(self.broken) + ["failed"] * bool(self.crashed)
        wrong += [f"failed {check}" for check in self.failed]
        wrong += [f"blocked by {', '.join(self.blocked_by)}"] * bool(self.blocked_by)
        odd = [f"stale ({counted(self.stale, 'day')})" if self.stale else "has news"]
        odd = odd * self.has_news + ["built by older code"] * self.older_code
        fresh = self.fresh_until and now < self.fresh_until
        parts: list[tuple[str, Weight]] = [(text, "wrong") for text in wrong]
        parts += [(text, "odd") for text in odd]
        return [*(parts or [("up to date", "well")]), *([] if fresh else [_NOT_FRESH])]


def stand(plan: Plan) -> tuple[list[Problem], list[Status]]:
    """What is wrong with the lake and its landing zone, and how every table stands."""
    try:
        return _stand(plan)
    except pl.exceptions.PolarsError:  # a data file that is another one, though of the same size
        return _stand(plan, within=True)


def _stand(plan: Plan, *, within: bool = False) -> tuple[list[Problem], list[Status]]:
    wrong = list(problems(plan, within=within))
    return wrong, statuses(plan, {one.table: one.kind for one in wrong if one.table})


def statuses(plan: Plan, broken: Mapping[str, str] = _NONE) -> list[Status]:
    """The status of every table that is not bronze, in the order of building.

    `broken` are the tables whose rows cannot be read, with how in a word; none of them is read.
    """
    work = plan.work
    days = work.store.scan(DAYS.name) if DAYS.name not in broken else DAYS.schema.to_frame().lazy()
    told = days.collect()
    derived = [table for table in work.catalog if not isinstance(table, Bronze)]
    blocked = blocked_by([name for name, how in broken.items() if how == DAMAGED], work)
    return [
        replace(_status(todo, told, broken), blocked_by=tuple(sorted(_blocking(todo, blocked))))
        for todo in map(plan.of, derived)
    ]


def _blocking(todo: Todo, blocked: Mapping[str, set[str]]) -> Iterable[str]:
    """The damaged tables that a table rests on; else its inputs that failed blocking checks."""
    damaged = blocked.get(str(todo.table.name))
    return damaged or (todo.blocking if _inputs_open(todo.table, todo.work) else ())


def _status(todo: Todo, days: pl.DataFrame, broken: Mapping[str, str]) -> Status:
    table, work = todo.table, todo.work
    if not work.store.can_be_opened(table.name):
        return _unknown(table, broken[str(table.name)])
    state, taken_in_at = work.store.state(table.name), work.store.taken_in_at(table.name)
    stands = noted(table, work)
    mine = days.filter(pl.col("table") == str(table.name))
    return Status(
        table=str(table.name),
        newest_closed=_newest(mine, CLOSED),
        newest_provisional=_newest(mine, PROVISIONAL),
        has_news=_inputs_open(table, work) and todo.has_news,
        stale=_stale(todo, broken),
        failed=tuple(stands.failed),
        warned=tuple(stands.warned),
        quarantined=_rejected(table, work),
        open=_open(table, work, broken),
        taken_in_at=taken_in_at,
        fresh_until=taken_in_at + table.contract.expected_within if taken_in_at else None,
        older_code=is_of_other_code(table, state, work.catalog),
        broken=_broken(table, broken),
        crashed=state.crashed if state else "",
    )


def _broken(table: Table, broken: Mapping[str, str]) -> str:
    """How a table, or its quarantine, cannot be read; empty where both can."""
    told = {table.name: "", **dict.fromkeys(table.written_to[1:], "quarantine ")}
    return next((f"{of}{broken[str(n)]}" for n, of in told.items() if str(n) in broken), "")


def _unknown(table: Table, how: str) -> Status:
    """Of a table whose log cannot be read nothing else is known."""
    return Status(
        table=str(table.name),
        newest_closed=None,
        newest_provisional=None,
        has_news=False,
        stale=0,
        failed=(),
        warned=(),
        quarantined=0,
        open=None,
        taken_in_at=None,
        fresh_until=None,
        older_code=False,
        broken=how,
    )


def _inputs_open(table: Table, work: Work) -> bool:
    """Whether the logs of its inputs can be read, which tell its news."""
    return all(map(work.store.can_be_opened, inputs_of(table, work.catalog)))


def _rejected(table: Table, work: Work) -> int:
    if not isinstance(table, FromBronze) or not work.store.can_be_opened(table.quarantine):
        return 0
    return sum(work.store.rows_by_day(quarantine_of(table)).values())


def _stale(todo: Todo, broken: Mapping[str, str]) -> int:
    table = todo.table
    if not isinstance(table, (ByDay, Counted)):
        return 0
    reads_broken = broken.keys() & set(inputs_of(table, todo.work.catalog))
    return len(todo.days) if _inputs_open(table, todo.work) and not reads_broken else 0


def _open(table: Table, work: Work, broken: Mapping[str, str]) -> int | None:
    rejected = _rejected(table, work)
    if not (isinstance(table, FromBronze) and rejected):
        return 0
    read = {str(table.quarantine), str(table.bronze), DECISIONS.name, FILES.name}
    return None if broken.keys() & read else rejected - resolved(table, work).height


def _newest(days: pl.DataFrame, status: str) -> dt.date | None:
    found = days.filter(pl.col("status") == status)["day"].max()
    return found if isinstance(found, dt.date) else None
