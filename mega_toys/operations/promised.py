"""Which tables may wait, since what their contracts promise holds without them being built yet."""

import datetime as dt

from mega_toys.declared.table import ByDay, WholeTable
from mega_toys.lake.store import checkpoint
from mega_toys.operations.plan import Todo

_MOST_COMMITS = checkpoint.MOST_COMMITS * 3 // 4  # that a table may be behind one of its inputs


def may_wait(todo: Todo, within: dt.timedelta | None = None) -> bool:
    """Whether a computed table took in news less than half of what is promised ago.

    Or of `within`, where that is less. What promises nothing of its own waits for nothing else; nor
    does what would fall so far behind that the log of an input might no longer tell what is new.
    """
    table, work = todo.table, todo.work
    promised = table.contract.fresh_within
    if promised is None or not isinstance(table, (ByDay, WholeTable)):
        return False
    behind = (work.store.version(name) - (at or 0) for name, at in todo.moved.items())
    if max(behind, default=0) > _MOST_COMMITS:
        return False
    taken_in_at = work.store.taken_in_at(table.name)
    longest = promised if within is None else min(promised, within)
    return taken_in_at is not None and work.now() - taken_in_at < longest / 2
