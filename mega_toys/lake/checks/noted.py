"""What checks found, as the table's newest note keeps it until they look again."""

from collections.abc import Iterable
from typing import NamedTuple

from mega_toys.declared.table import Table
from mega_toys.lake.checks.beside import Doubt, doubt
from mega_toys.lake.checks.pace import IS_FRESH
from mega_toys.lake.checks.run import declared
from mega_toys.lake.run.found import Found
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.note import Findings


class Noted(NamedTuple):
    """The checks that fail, with the days that make them: those that block, and the others.

    Of the others, `grave` are those whose finding is an error though it stops nothing.
    """

    failed: Findings
    warned: Findings
    grave: tuple[str, ...] = ()


def to_note(results: Iterable[Found]) -> Noted:
    """What a note says of some results; but for freshness, which goes by the clock."""
    wrong = [one for one in results if not one.passed and one.name != IS_FRESH.name]
    failed = {one.name: one.failing for one in wrong if one.blocks}
    warned = {one.name: one.failing for one in wrong if not one.blocks}
    grave = (one.name for one in wrong if one.name in warned and one.severity == "error")
    return Noted(failed, warned, tuple(sorted(grave)))


def noted(table: Table, work: Work) -> Noted:
    """What stands of a table; a check that is declared no longer does not."""
    state = work.store.state(table.name)
    if state is None or not (state.failed or state.warned):
        return Noted({}, {})
    blocks = {check.name: check.blocks for check in declared(table)}
    failed = {name: days for name, days in state.failed.items() if blocks.get(name)}
    others = {**state.warned, **state.failed}.items()
    warned = {name: days for name, days in others if name in blocks and name not in failed}
    return Noted(failed, warned, tuple(name for name in state.grave if name in warned))


def to_look_at(table: Table, work: Work) -> bool:
    """Whether checks are to look though nothing is new.

    One failed, a run ended before them, or what they read beside has changed.
    """
    state = work.store.state(table.name)
    left = bool(state and (state.unchecked or state.failed or state.crashed))
    return left or doubt(table, work) is not Doubt.NONE
