"""The tables that a refresh sets aside, since a log is torn, so that it can build the others."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import BrokenLogError
from mega_toys.declared.table import Table
from mega_toys.lake.news.stale import inputs_of
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
        found = cls({str(table.name): why for table in work.catalog for why in _torn(table, work)})
        torn = {name for table in work.catalog if found._is_torn(table) for name in _own(table)}
        for table in work.catalog if torn else ():
            aside = {*found.torn, *found.built_of_them} & {*inputs_of(table, work.catalog)}
            lacks = aside | torn & {*read_by(table, work)}
            if lacks and not found._is_torn(table):
                found.built_of_them[str(table.name)] = lacks
        return found

    def _is_torn(self, table: Table) -> bool:
        return str(table.name) in self.torn

    def others(self, catalog: Catalog) -> Catalog:
        """The catalog without what is set aside."""
        return catalog.without({*self.torn, *self.built_of_them})


def _torn(table: Table, work: Work) -> Iterator[BrokenLogError]:
    for name in _own(table):
        try:
            work.store.version(name)
        except BrokenLogError as error:
            yield error


def _own(table: Table) -> list[str]:
    return [str(name) for name in table.written_to]
