"""How a table stands: stale, late, blocked, failed, and what did it."""

import datetime as dt
from collections.abc import Iterator

from mega_toys.declared.days import Span, listed, said
from mega_toys.declared.name import TableName
from mega_toys.declared.table import Bronze, Table
from mega_toys.declared.words import counted
from mega_toys.lake.checks import noted
from mega_toys.lake.code.hashing import is_of_other_code
from mega_toys.lake.news.stale import inputs_of
from mega_toys.operations.plan import Plan, Todo
from mega_toys.operations.why.cause import Cause
from mega_toys.operations.why.changed import files_of

_LONGEST = 40  # days of a span that are listed


def standing(table: Table, plan: Plan) -> list[Cause]:
    """All that is to be said of a table as it stands; one cause that says so, if all is well."""
    todo = plan.of(table)
    found = [*_crashed(todo), *_failed(todo), *_blocked(todo, plan), *stale(todo, plan)]
    found += [*_late(todo, plan), *_warned(todo), *_of_older_code(todo)]
    return found or [Cause(f"{table.name} is up to date and on time, and its checks pass.")]


def _crashed(todo: Todo) -> Iterator[Cause]:
    state = todo.work.store.state(todo.table.name)
    if state and state.crashed:
        told = " ".join(state.crashed.split())
        yield Cause(f"{todo.table.name} could not be built.", (Cause(told),))


def _failed(todo: Todo) -> Iterator[Cause]:
    for check, days in noted(todo.table, todo.work).failed.items():
        told = f"{todo.table.name} fails the blocking check {check}{_on(days)}"
        yield Cause(f"{told}: what reads it waits.")


def _warned(todo: Todo) -> Iterator[Cause]:
    for check, days in noted(todo.table, todo.work).warned.items():
        yield Cause(f"The check {check} of {todo.table.name} warns{_on(days)}.")


def _of_older_code(todo: Todo) -> Iterator[Cause]:
    table, work = todo.table, todo.work
    if is_of_other_code(table, work.store.state(table.name), work.catalog):
        way_out = "`mega-toys refresh --changed-code` makes it anew"
        yield Cause(f"{table.name} was built by older code: {way_out}.")


def _blocked(todo: Todo, plan: Plan) -> Iterator[Cause]:
    """What keeps it from being built, down to the table where that begins."""
    for name in todo.blocking:
        because = tuple(_of_input(name, plan))
        yield Cause(f"{todo.table.name} is blocked by {name}.", because)
    for name in map(str, todo.table.reads):
        source = plan.of(plan.work.catalog[TableName.parse(name)])
        if name not in todo.blocking and (behind := [*_crashed(source), *_blocked(source, plan)]):
            yield Cause(f"{todo.table.name} waits for {name}.", tuple(behind))


def _of_input(name: str, plan: Plan) -> Iterator[Cause]:
    source = plan.of(plan.work.catalog[TableName.parse(name)])
    if source.has_other_columns:
        yield Cause(f"{name} has other columns in the lake than declared.")
    yield from _crashed(source)
    yield from _failed(source)
    yield from _blocked(source, plan)


def stale(todo: Todo, plan: Plan) -> Iterator[Cause]:
    """What is to be done for a table, or for those that it is made from."""
    if not todo:
        yield from _stale_inputs(todo, plan)
        return
    days = todo.days_if_known()
    of_days = f": {counted(len(days), 'day')}, {said(days)}" if days else ""
    files = files_of(todo.arrivals.files) if todo.arrivals else ()
    reasons = [Cause(f"{one.asked_by}: {one.told}.") for one in todo.reasons()]
    is_bronze = isinstance(todo.table, Bronze)
    what = "has files that are not loaded" if is_bronze else "is stale"
    yield Cause(f"{todo.table.name} {what}{of_days}.", (*reasons, *files))


def _stale_inputs(todo: Todo, plan: Plan) -> Iterator[Cause]:
    """What waits further up: it is news of this table as soon as that is built."""
    for name in inputs_of(todo.table, plan.work.catalog):
        if name in map(str, todo.table.reads):
            source = plan.of(plan.work.catalog[TableName.parse(name)])
            if waits := tuple(stale(source, plan)):
                yield Cause(f"{todo.table.name} will be stale once {name} is refreshed.", waits)


def _late(todo: Todo, plan: Plan) -> Iterator[Cause]:
    table, work = todo.table, todo.work
    taken_in_at = work.store.taken_in_at(table.name)
    promised = table.contract.expected_within
    if taken_in_at is None:
        yield Cause(f"{table.name} has taken in nothing yet: `mega-toys refresh`.")
    elif work.now() - taken_in_at > promised:
        told = f"{table.name} is late: it last took in something at {_at(taken_in_at)}"
        late = (one for name in table.reads for one in _late(plan.of(work.catalog[name]), plan))
        yield Cause(f"{told}, and promises to do so every {_hours(promised)}.", tuple(late))


def _on(days: tuple[Span, ...]) -> str:
    """On which days, where they are not all."""
    known = [span for span in days if (span[1] - span[0]).days <= _LONGEST * 365]
    return f" on {said(listed(known))}" if known else ""


def _at(instant: dt.datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _hours(span: dt.timedelta) -> str:
    return f"{span.total_seconds() / 3600:g} h"
