"""Making tables anew: beside the live ones, to be compared and swapped in, or in their place."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from mega_toys.declared.errors import LakeError
from mega_toys.declared.table import Bronze, Table
from mega_toys.ingestion.listing import Listing
from mega_toys.ingestion.loading.arrivals import differing_files, refuse_unread
from mega_toys.ingestion.loading.bronze import rows_without_file
from mega_toys.ingestion.loading.file_versions import forget_files
from mega_toys.lake.building.aside import Difference, differences, made_beside, pieces, swap_in
from mega_toys.lake.building.days_table import keep_days
from mega_toys.lake.code.hashing import code_version, is_of_other_code
from mega_toys.lake.news.reshaped import has_other_columns, refuse_other_columns
from mega_toys.lake.news.stale import inputs_of
from mega_toys.lake.own.files import FILES
from mega_toys.lake.run.progress import Pace
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.lock import only_writer
from mega_toys.lake.store.place import Place
from mega_toys.lake.store.step import step
from mega_toys.operations.damaged import naming_damage
from mega_toys.operations.plan import Todo
from mega_toys.operations.put_back import forget_what_is_gone
from mega_toys.operations.refresh import prepare, refresh_table

Progress = Callable[[str], None]


def rebuild(
    tables: Iterable[Table], work: Work, landing_root: Place, *, swap: bool, say: Progress
) -> list[Difference]:
    """Make tables anew beside the live ones, and tell what differs; put it in where asked to.

    A table alone is made from its live inputs, all tables together from the landing zone. What
    reads a table that was swapped in is stale until the next refresh.
    """
    wanted = {table.name for table in tables}
    ordered = [table for table in work.catalog if table.name in wanted]
    with only_writer(work.store.root, say), naming_damage(work):
        _refuse_without_inputs(ordered, work)
        prepare(work)
        try:
            anew, listing = made_beside(ordered, work), Listing(landing_root)
            pace = Pace(len(ordered), "table")
            for done, table in enumerate(ordered):
                which = f"{pace.told(done)}, {table.name}" if len(ordered) > 1 else f"{table.name}"
                say(which)
                _make(Todo(table, anew, listing), _beginning(which, say))
            found = [one for table in ordered for one in _told(table, work, anew, swap=swap)]
            if swap:
                keep_days([], work)
            step("swap.done")
        finally:
            work.store.clear_aside()
    return found


def _refuse_without_inputs(tables: Sequence[Table], work: Work) -> None:
    """A table made of inputs that are not there, or lack rows, would lose its own."""
    made = {str(table.name) for table in tables}
    read = {name for table in tables for name in inputs_of(table, work.catalog)} - made
    for name in sorted(read):
        if not work.store.exists(name):
            raise LakeError(
                f"{name} is not in the lake, and is read to make others: `mega-toys refresh` first."
            )
    for bronze in work.catalog.bronze if work.store.exists(FILES.name) else ():
        if str(bronze.name) in read and differing_files(bronze, work):
            raise LakeError(
                f"{bronze.name} and lake.files differ, so that it may lack rows: "
                "`mega-toys refresh` first. `mega-toys doctor` says more."
            )


def _beginning(told: str, say: Progress) -> Progress:
    return lambda text: say(f"{told} {text}")


def in_words(found: Sequence[Difference], *, swapped: bool = True) -> Iterator[str]:
    """How the live tables differed from those made anew, and what became of that."""
    if not found:
        yield "No table differs from the one made anew."
        return
    yield from map(str, found)
    yield (
        "Swapped in; `mega-toys refresh` builds what reads it."
        if swapped
        else "The live tables are as they were; --swap puts in what differs."
    )


def _make(todo: Todo, say: Progress) -> None:
    table, anew = todo.table, todo.work
    for name in table.reads:
        refuse_other_columns(anew.catalog[name], anew)
    outcome = refresh_table(todo, say)
    if outcome.failed:
        raise LakeError(
            f"{table.name} made anew fails {', '.join(outcome.failed)}; nothing was swapped in. "
            "`mega-toys refresh` says more of a failed check."
        )
    refuse_unread(table, anew, todo.listing)
    step("rebuild.table")


def _told(table: Table, work: Work, anew: Work, *, swap: bool) -> list[Difference]:
    if swap:
        found = swap_in(table, work, anew)
        _take_over(table, work, anew)
        return found
    return [one for p in pieces(table, work) for one in differences(p, work.store, anew.store)]


def _take_over(table: Table, work: Work, anew: Work) -> None:
    """Note what the checks found of the table made anew, of which they looked at everything."""
    before, made = work.store.state(table.name), anew.store.state(table.name)
    found = {
        "failed": {},
        "warned": made.warned if made else {},
        "grave": made.grave if made else (),
        "unchecked": (),
    }
    note = work.note(table, changed=False, **found | {"code": code_version(table, work.catalog)})
    if (
        before
        and before.run
        and (before.failed, before.warned, before.grave, before.unchecked, before.code)
        != (
            note.failed,
            note.warned,
            note.grave,
            note.unchecked,
            note.code,
        )
    ):
        work.store.mark(table.name, note)


def forget(tables: Iterable[Table], work: Work) -> None:
    """Let the next refresh make these tables anew in place; until then they stay as they are."""
    with only_writer(work.store.root):
        forget_what_is_gone(work)
        for table in tables:
            if isinstance(table, Bronze):
                forget_files(table, work)
            elif work.store.state(table.name) is not None:
                note = work.note(table, changed=False, reads={})
                work.store.mark(table.name, note)


def forget_changed(work: Work, landing_root: Place) -> None:
    """Let the next refresh make anew what other code built, or what has other columns."""
    forget(to_make_anew(work, Listing(landing_root)), work)


def to_make_anew(work: Work, listing: Listing) -> list[Table]:
    """The tables that other code built, or that have other columns."""
    changed = [*built_by_other_code(work), *_reshaped(work, listing)]
    return list({table.name: table for table in changed}.values())


def _reshaped(work: Work, listing: Listing) -> list[Table]:
    """The tables that have other columns than declared, and can be made anew without a loss."""
    return [
        table
        for table in work.catalog
        if has_other_columns(table, work)
        and not (isinstance(table, Bronze) and rows_without_file(table, work, listing))
    ]


def built_by_other_code(work: Work) -> list[Table]:
    """The tables whose code has changed since they took in their inputs."""
    return [
        table
        for table in work.catalog
        if is_of_other_code(table, work.store.state(table.name), work.catalog)
    ]
