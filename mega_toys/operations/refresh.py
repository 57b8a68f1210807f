"""What a refresh does to one table, whoever asks for it."""

import datetime as dt
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from mega_toys.declared.table import Bronze, ByDay, Counted, FromBronze, Table, WholeTable
from mega_toys.ingestion import landing
from mega_toys.ingestion.loading.arrivals import refuse_unread
from mega_toys.ingestion.loading.bronze import load, rows_without_file
from mega_toys.ingestion.loading.file_versions import knows_files
from mega_toys.lake.building.aside import made_beside, swap_in
from mega_toys.lake.building.computed import build_by_day, build_whole
from mega_toys.lake.building.days_table import DAYS
from mega_toys.lake.building.from_bronze import build_from_bronze
from mega_toys.lake.checks import Doubt, doubt, run_checks, to_note, versions_beside
from mega_toys.lake.news.reshaped import WAY_OUT, refuse_other_columns
from mega_toys.lake.news.stale import versions
from mega_toys.lake.own import quarantine_tables
from mega_toys.lake.own.files import FILES
from mega_toys.lake.quarantined import quality
from mega_toys.lake.quarantined.decisions import DECISIONS, take_back
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.peak import memory_mb, peak_since
from mega_toys.lake.run.work import Work, system_tables
from mega_toys.lake.store.note import Note
from mega_toys.lake.store.step import step
from mega_toys.lake.store.tables import Stored
from mega_toys.operations import preview
from mega_toys.operations.crash import CrashError, without_values
from mega_toys.operations.damaged import naming_damage
from mega_toys.operations.plan import Blocking, Todo
from mega_toys.operations.put_back import beside, forget_what_is_gone

Progress = Callable[[str], None]
_LAKES_OWN = (*system_tables(), FILES, DAYS, DECISIONS)


def prepare(work: Work) -> None:
    """Make every table that is not there yet, empty, so that each can be read from the start.

    One of the lake's own tables that has other columns than the code knows stops everything.
    """
    every = every_stored(work)
    missing = [stored for stored in every if not work.store.exists(stored.name)]
    forget_what_is_gone(work, {stored.name for stored in missing})
    for stored in missing:
        work.store.create(stored)
    take_back(work)
    work.store.add_columns(FILES)
    for stored in _LAKES_OWN:
        work.store.refuse_other_columns(stored, way_out_of(stored, work))


def way_out_of(stored: Stored, work: Work) -> str:
    """How to mend a table that has other columns than declared."""
    if stored not in _LAKES_OWN:
        return WAY_OUT
    return f"Remove {work.store.uri(stored.name)}: the next refresh makes it anew."


def every_stored(work: Work) -> list[Stored]:
    """How every table lies in the lake: the lake's own, the declared ones, their quarantines."""
    rejected = map(quarantine_tables.stored, work.catalog.from_bronze)
    return [*_LAKES_OWN, *map(work.stored, work.catalog), *rejected]


def refresh_table(
    todo: Todo, say: Progress = lambda text: None, days: set[dt.date] | None = None
) -> Outcome:
    """Take in what is new for a table; its inputs must have been refreshed before.

    Raises CrashError where a library fails: what that says may hold records; DamagedTableError
    where it fails since data files are gone or others.
    """
    table, work = todo.table, todo.work
    tables = (table, *(work.catalog[name] for name in table.reads))
    names = {name for one in tables for name in one.columns}
    try:
        refusals = work.store.place.naming_refusals(str(table.name))
        with naming_damage(work, table), without_values(table, names), refusals:
            return _refreshed(todo, say, days)
    except Exception as error:
        _note_crash(table, CrashError.of(error, table), work)
        raise


def _note_crash(table: Table, crash: CrashError, work: Work) -> None:
    """Note that a table could not be built, once; it is told until that is done."""
    with suppress(Exception):  # what broke the table may break this, too
        state = work.store.state(table.name)
        if state is None or state.crashed != crash.message:
            note = work.note(table, changed=False, crashed=crash.message)
            work.store.mark(table.name, note)


def _refreshed(todo: Todo, say: Progress, days: set[dt.date] | None) -> Outcome:
    started, size, memory = time.perf_counter(), preview.size_of_todo(todo), memory_mb()
    table, work = todo.table, todo.work
    news = not isinstance(table, Bronze) and todo.has_news
    outcome = _built(todo, say, days)
    step("checks.begin")
    _check(table, outcome, work, everything=False)
    taken_in = _taken_in(table, outcome, work) if news and not outcome.failed else {}
    outcome.seconds, outcome.peak_mb = time.perf_counter() - started, peak_since(memory)
    took = {"took": preview.took(outcome, size)} if outcome.changed or taken_in else {}
    _mark(table, outcome, work, taken_in | took)
    return outcome


def check_table(table: Table, work: Work, *, everything: bool) -> Outcome:
    """Run a table's checks on all of its days, or on what is left to look at; note the results."""
    outcome = Outcome(str(table.name))
    with naming_damage(work, table):
        _check(table, outcome, work, everything=everything)
    _mark(table, outcome, work, {})
    return outcome


def _check(table: Table, outcome: Outcome, work: Work, *, everything: bool) -> None:
    everything = everything or doubt(table, work) is Doubt.EVERYTHING
    outcome.checks = run_checks(table, outcome, work, everything=everything)
    outcome.failed = [one.name for one in outcome.checks if one.blocks and not one.passed]


def _taken_in(table: Table, outcome: Outcome, work: Work) -> dict[str, Any]:
    """What a note says of what the table has wholly taken in; nothing while days are left."""
    if outcome.reads is None:
        return {}
    return {
        "reads": outcome.reads | {name: work.store.version(name) for name in beside(table, work)},
        "again": (),
        "ahead": False,
    }


def _mark(table: Table, outcome: Outcome, work: Work, taken_in: dict[str, Any]) -> None:
    """Note what was taken in, and what the checks found where that is another thing than before."""
    looked = {"unchecked": (), "crashed": "", "beside": versions_beside(table, work)}
    said = taken_in | to_note(outcome.checks)._asdict() | looked
    before = work.store.state(table.name) or Note(run="", batch="")
    if taken_in or any(getattr(before, name) != value for name, value in said.items()):
        work.store.mark(table.name, work.note(table, changed=False, **said))


def why_blocked(table: str, blocking: Blocking) -> str:
    """What keeps a table from being built, in words."""
    checks = [f"{name}: {', '.join(failed)}" for name, failed in blocking.items() if failed]
    unbuilt = [name for name, failed in blocking.items() if not failed]
    said = [f"blocking checks of its inputs failed ({'; '.join(checks)})"] if checks else []
    said += [f"{', '.join(unbuilt)} could not be built"] if unbuilt else []
    return f"{table} is not built, since {' and '.join(said)}."


def _with_new_columns(todo: Todo, say: Progress) -> Outcome:
    """Make the table anew beside the live one, then put it in its place, in one commit.

    Only where nothing is noted as taken in: that is how somebody asks for it, and what a run that
    was killed leaves behind.
    """
    table, work = todo.table, todo.work
    todo = replace(todo, listing=todo.listing.whole())
    if isinstance(table, Bronze):
        lost = rows_without_file(table, work, todo.listing)
        asked = not lost and not knows_files(table, work)
        way_out = _way_out_of_bronze(table, lost) if lost else WAY_OUT
    else:
        state, way_out = work.store.state(table.name), WAY_OUT
        asked = state is not None and not state.reads
    if not asked:
        refuse_other_columns(table, work, way_out)
    anew = made_beside([table], work)
    try:
        outcome = _built(replace(todo, work=anew), say, None)
        refuse_unread(table, anew, todo.listing)
        swap_in(table, work, anew)
    finally:
        work.store.clear_aside()
    return outcome


def _way_out_of_bronze(table: Table, lost: int) -> str:
    return (
        f"{lost} of its rows came from files that are no longer in the landing zone. Put these "
        "files back and run `mega-toys refresh --changed-code`; or give these rows up: "
        f"`mega-toys rebuild {table.name} --swap` makes it anew from the files that are there."
    )


def _built(todo: Todo, say: Progress, days: set[dt.date] | None) -> Outcome:
    table, work = todo.table, todo.work
    if todo.has_other_columns:
        return _with_new_columns(todo, say)
    match table:
        case Bronze() if todo.arrivals is not None:
            landing.refuse_missing(todo.listing.root)
            return load(table, todo.arrivals, work, say)
        case FromBronze():
            return build_from_bronze(table, work, say)
        case Counted():
            return quality.build(work)
        case ByDay():
            return build_by_day(table, work, todo.days, days, say)
        case WholeTable() if todo.moved:
            return build_whole(table, work)
    return Outcome(str(table.name), reads=versions(table, work))
