"""The tables that checks read beside the inputs: what comes there can change a finding."""

from collections.abc import Iterator, Mapping
from enum import Enum, auto

import polars as pl

from mega_toys.declared.extents import reads_of
from mega_toys.declared.name import TableName
from mega_toys.declared.table import FromBronze, Table
from mega_toys.lake.news.changes import rows_at
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.note import Note


class Doubt(Enum):
    """What may no longer hold of what the checks of a table found."""

    NONE = auto()
    FAILURES = auto()  # what was missing may have come
    EVERYTHING = auto()  # what was there may have gone


def versions_beside(table: Table, work: Work) -> dict[str, int]:
    """The versions of the tables beside, as they are now."""
    names = {*_referred(table), *_read_by_checks(table)}
    return {str(name): work.store.version(name) for name in sorted(names, key=str)}


def doubt(table: Table, work: Work) -> Doubt:
    """Told from the versions that the checks saw when they looked."""
    state = work.store.state(table.name)
    if state is None or not state.reads:
        return Doubt.NONE
    moved = any(_changed(name, state, work) for name in _read_by_checks(table))
    if moved or any(_lost(name, known, state, work) for name, known in _referred(table).items()):
        return Doubt.EVERYTHING
    came = any(_changed(name, state, work) for name in _referred(table))
    return Doubt.FAILURES if came else Doubt.NONE


def _referred(table: Table) -> Mapping[TableName, set[str]]:
    """The tables to which columns refer, with these."""
    found: dict[TableName, set[str]] = {}
    for column, rows in table.refers.items():
        found.setdefault(TableName.of(rows), set()).add(column)
    return found


def _read_by_checks(table: Table) -> Iterator[TableName]:
    known = {table.name, *table.reads}
    for check in table.checks:
        yield from (r.table for r in reads_of(check.finds).values() if r.table not in known)


def _changed(name: TableName, state: Note, work: Work) -> bool:
    version = state.beside.get(str(name))
    return work.store.version(name) != version and work.store.since(name, version).changed


def _lost(name: TableName, columns: set[str], state: Note, work: Work) -> bool:
    """Whether a value is gone that the table had; only commits that take away are looked into."""
    version = state.beside.get(str(name))
    if not _changed(name, state, work):
        return False
    notes = work.store.since(name, version).notes
    if version is None or notes is None or not isinstance(work.catalog[name], FromBronze):
        return True
    return any(n.replaced for n in notes) and any(_gone(name, c, version, work) for c in columns)


def _gone(name: TableName, column: str, version: int, work: Work) -> bool:
    now = work.store.scan(name).select(column)

    def missing(then: pl.LazyFrame) -> pl.LazyFrame:
        return then.select(column).drop_nulls().join(now, on=column, how="anti").head(1)

    found = rows_at(name, version, missing, work)
    return found is None or found.height > 0
