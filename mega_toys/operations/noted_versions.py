"""The versions of inputs that notes refer to: they are replaced before Delta cleans their log.

Else a table whose inputs bring nothing new for months would be built from all there is.
"""

from collections.abc import Mapping
from dataclasses import replace

from mega_toys.lake.run.work import Work


def renew_noted_versions(work: Work) -> None:
    """Where an input's rows have not changed for long, note its version of today.

    A commit in three days, or for every fifty of an input; it does not count as taking in.
    """
    for table in work.catalog:
        state = work.store.state(table.name)
        if state is None or state.changed:  # a build that was not finished is to be seen as such
            continue
        reads, beside = _renewed(state.reads, work), _renewed(state.beside, work)
        if reads != state.reads or beside != state.beside:
            note = replace(state, run="", days=(), whole=False, reads=reads, beside=beside, took={})
            work.store.mark(table.name, note)


def _renewed(known: Mapping[str, int], work: Work) -> dict[str, int]:
    store = work.store
    return {
        name: store.version(name)
        if store.falls_behind(name, version) and not store.since(name, version).changed
        else version
        for name, version in known.items()
    }
