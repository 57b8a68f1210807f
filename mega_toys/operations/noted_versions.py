"""The versions of inputs that notes refer to: they are replaced before Delta cleans their log.

Else a table whose inputs bring nothing new for months would be built from all there is.
"""

import time
from collections.abc import Mapping
from dataclasses import replace

from mega_toys.lake.run.work import Work
from mega_toys.lake.store.store import Store

_MOST_COMMITS = 50  # that a note of versions may lag behind, and
_LONGEST_S = 3 * 24 * 3600  # for how long; a vacuum leaves old files a week


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
        if _falls_behind(name, version, store) and not store.since(name, version).changed
        else version
        for name, version in known.items()
    }


def _falls_behind(name: str, version: int, store: Store) -> bool:
    """Whether the commits since a version are many, or soon no longer there to be read.

    Delta removes those older than 30 days from the log, at one commit in a hundred; a vacuum
    removes the files from before a compaction.
    """
    newest = store.version(name)
    made_at = store.made_at(name, version + 1) if version < newest else None
    if made_at is None:
        return False
    return newest - version >= _MOST_COMMITS or time.time() - made_at >= _LONGEST_S
