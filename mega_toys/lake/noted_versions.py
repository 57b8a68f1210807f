"""The versions of inputs that notes refer to: they are replaced before Delta cleans their log.

Else a table whose inputs bring nothing new for months would be built from all there is.
"""

from dataclasses import replace

from mega_toys.lake.work import Work


def renew_noted_versions(work: Work) -> None:
    """Where an input's rows have not changed for long, note its version of today.

    A commit in three days, or for every fifty of an input; it does not count as taking in.
    """
    for table in work.catalog.every:
        state = work.store.state(table.name)
        if state is None or state.changed:  # a build that was not finished is to be seen as such
            continue
        renewed = {
            read: work.store.version(read)
            for read, version in state.reads.items()
            if work.store.falls_behind(read, version)
            and not work.store.since(read, version).changed
        }
        if renewed:
            reads = {**state.reads, **renewed}
            work.store.mark(table.name, replace(state, run="", days=(), whole=False, reads=reads))
