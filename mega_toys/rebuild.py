"""Making tables anew: the lake forgets that they have taken in their inputs."""

from collections.abc import Iterable

from mega_toys.ingestion.bronze import forget_files
from mega_toys.lake.code import code_version
from mega_toys.lake.lock import only_writer
from mega_toys.lake.table import Kind, Table
from mega_toys.lake.work import Work


def forget(tables: Iterable[Table], work: Work) -> None:
    """Let the next refresh make these tables anew; until then they stay as they are."""
    with only_writer(work.store.root, lambda text: None):
        for table in tables:
            if table.kind is Kind.BRONZE:
                forget_files(table, work)
            elif work.store.state(table.name) is not None:
                note = work.note(table, changed=False, reads={})
                work.store.mark(table.name, note)


def built_by_other_code(work: Work) -> list[Table]:
    """The tables whose code has changed since they took in their inputs."""
    found = []
    for table in work.catalog:
        state = work.store.state(table.name) if table.kind is not Kind.BRONZE else None
        if state and state.code and state.code != code_version(table):
            found.append(table)
    return found
