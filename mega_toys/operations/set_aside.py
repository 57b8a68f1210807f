"""What a torn log or a damaged table keeps from being built, and what a refresh sets aside."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import BrokenLogError
from mega_toys.declared.table import Table
from mega_toys.lake.news.stale import inputs_of
from mega_toys.lake.reading.by_name import SYSTEM
from mega_toys.lake.run.work import Work
from mega_toys.operations.damaged import read_by


@dataclass(frozen=True)
class SetAside:
    """Tables whose log, or that of their quarantine, is torn; and those that are built of them."""

    torn: dict[str, BrokenLogError] = field(default_factory=dict)
    built_of_them: dict[str, set[str]] = field(default_factory=dict)  # of which of the others

    @classmethod
    def of(cls, work: Work) -> "SetAside":
        """What is to be set aside; what a table is only checked by counts as what it is built of.

        The lake's own tables are not among the torn: all others rest on them.
        """
        torn = {name: why for table in work.catalog for name, why in _torn(table, work)}
        found = cls({str(t.name): torn[n] for t in work.catalog for n in _own(t) if n in torn})
        for table in work.catalog if torn else ():
            aside = {*found.torn, *found.built_of_them} & {*inputs_of(table, work.catalog)}
            lacks = aside | {*torn} & {*read_by(table, work)}
            if lacks and str(table.name) not in found.torn:
                found.built_of_them[str(table.name)] = lacks
        return found

    def others(self, catalog: Catalog) -> Catalog:
        """The catalog without what is set aside."""
        return catalog.without({*self.torn, *self.built_of_them})


def _torn(table: Table, work: Work) -> Iterator[tuple[str, BrokenLogError]]:
    for name in _own(table):
        try:
            work.store.version(name)
        except BrokenLogError as error:
            yield name, error


def _own(table: Table) -> list[str]:
    return [str(name) for name in table.written_to]


def blocked_by(damaged: Collection[str], work: Work) -> dict[str, set[str]]:
    """The tables that rest on damaged ones, straight or by way of others, each with which.

    On the lake's own tables all others rest. None of the damaged ones is among them.
    """
    found: dict[str, set[str]] = {}
    for table in work.catalog:
        reads = {*inputs_of(table, work.catalog), *SYSTEM}
        lacks = reads & {*damaged} | {one for name in reads for one in found.get(name, ())}
        if lacks and not is_damaged(table, damaged):
            found[str(table.name)] = lacks
    return SetAside.of(work).built_of_them | found


def is_damaged(table: Table, damaged: Collection[str]) -> bool:
    """Whether a table is among damaged ones, or its quarantine."""
    return any(name in damaged for name in _own(table))


def why_set_aside(table: str, damaged: Collection[str]) -> str:
    """What keeps a table that rests on damaged ones from being built, in words."""
    return f"{table} is blocked: {', '.join(sorted(damaged))}, on which it rests, cannot be read."
