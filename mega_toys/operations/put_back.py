"""Tables that somebody removed, or put back as they were earlier."""

from collections.abc import Collection

from mega_toys.declared.table import Bronze, FromBronze, Table
from mega_toys.lake.own.accounts import ACCEPTED, DELETIONS
from mega_toys.lake.run.work import Work, system_tables
from mega_toys.lake.store.note import Note


def forget_what_is_gone(work: Work, missing: Collection[str] = ()) -> None:
    """A table that somebody removed, or put back as it was earlier, is taken in anew.

    To be asked before anything is written: its versions then count on, and would look like those
    known. `missing` are the tables that are about to be made.
    Bronze is compared with `lake.files` at every look, and needs no such note.
    """
    for table in work.catalog:
        state = None if isinstance(table, Bronze) else work.store.state(table.name)
        if state is None or not state.reads:
            continue
        gone = _older_than_noted(state, work) | {*missing} & {*state.reads, *beside(table, work)}
        if gone:
            own = gone & {*beside(table, work)}
            kept = {} if own else {n: v for n, v in state.reads.items() if n not in gone}
            work.store.mark(table.name, work.note(table, changed=False, reads=kept))
    _forget_counted(work)


def _forget_counted(work: Work) -> None:
    """What is accepted is counted by the versions of silver tables, too."""
    state = work.store.state(ACCEPTED.name)
    if state and (gone := _older_than_noted(state, work)):
        kept = {name: version for name, version in state.reads.items() if name not in gone}
        work.store.mark(ACCEPTED.name, work.note(changed=False, reads=kept))


def _older_than_noted(state: Note, work: Work) -> set[str]:
    return {at for at, version in state.reads.items() if version > work.store.version(at)}


def put_back(work: Work) -> dict[str, str]:
    """The tables that are older than one that reads them has noted, each with such a one."""
    found: dict[str, str] = {}
    for table in work.catalog:
        state = work.store.state(table.name) if work.store.can_be_opened(table.name) else None
        for at, version in state.reads.items() if state else ():
            if work.store.can_be_opened(at) and 0 <= work.store.version(at) < version:
                found.setdefault(at, str(table.name))
    return found


def beside(table: Table, work: Work) -> tuple[str, ...]:
    """The tables that are written together with a silver table made from bronze."""
    if not isinstance(table, FromBronze):
        return ()
    tells = work.catalog.bronze_of(table).dataset.tells_deletions
    own = (stored.name for stored in system_tables() if tells or stored != DELETIONS)
    return (str(table.quarantine), *own)
