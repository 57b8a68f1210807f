"""Tables that somebody removed, or put back as they were earlier."""

from collections.abc import Collection, Iterator

from mega_toys.lake.quality import QUALITY
from mega_toys.lake.table import Kind, Table
from mega_toys.lake.work import Work, system_tables


def forget_what_is_gone(work: Work, missing: Collection[str] = ()) -> None:
    """A table that somebody removed, or put back as it was earlier, is taken in anew.

    To be asked before anything is written: its versions then count on, and would look like those
    known. `missing` are the tables that are about to be made.
    Bronze is compared with `lake.files` at every look, and needs no such note.
    """
    for name, table in _readers(work):
        state = work.store.state(name)
        if state is None or not state.reads:
            continue
        gone = {at for at, version in state.reads.items() if version > work.store.version(at)}
        gone |= {*missing} & {*state.reads, *beside(table)}
        if gone:
            own = not table or gone & {*beside(table)}
            kept = {} if own else {n: v for n, v in state.reads.items() if n not in gone}
            work.store.mark(name, work.note(table, changed=False, reads=kept))


def _readers(work: Work) -> Iterator[tuple[str, Table | None]]:
    """The tables that note what they have taken in."""
    yield from ((str(one.name), one) for one in work.catalog if one.kind is not Kind.BRONZE)
    yield QUALITY.name, None


def beside(table: Table | None) -> tuple[str, ...]:
    """The tables that are written together with a silver table made from bronze."""
    if table is None or table.quarantine is None:
        return ()
    return (str(table.quarantine), *(stored.name for stored in system_tables()))
