"""The columns of all tables, and how they come of each other."""

from functools import cached_property

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import LineageError
from mega_toys.declared.table import Bronze, Computed, Counted, FromBronze, Table
from mega_toys.lineage import records, transforms, views
from mega_toys.lineage.counted import counts
from mega_toys.lineage.origins import NOTHING, Origins, Source

Columns = dict[str, Origins]


class Lineage:
    """What each declared column comes from, one step back; read off a table when it is asked for.

    Sources are named by their tables: `Source("commerce.gold.daily_sales", "day")`.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._read: dict[str, Columns] = {}

    def of(self, table: Table) -> Columns:
        """The origins of each column; of bronze none, which holds what was sent.

        Raises LineageError where they cannot be read off the code of the table.
        """
        name = str(table.name)
        if name not in self._read:
            self._read[name] = self._columns(table)
        return self._read[name]

    def _columns(self, table: Table) -> Columns:
        if isinstance(table, Bronze):
            return {name: Origins() for name in table.schema}
        if isinstance(table, FromBronze):
            return self._of_records(table)
        if isinstance(table, Computed):
            return self._of_transform(table)
        if isinstance(table, Counted):
            return _declared(table, counts(self.catalog).told)
        raise LineageError(f"{table.name} is of kind {table.kind}, whose lineage is not known.")

    def _of_records(self, table: FromBronze) -> Columns:
        bronze = self.catalog.bronze_of(table)
        (parameter,) = transforms.parameters(table.build)
        accepted = records.accepted(table, bronze)
        mapped = transforms.read(table.build, {parameter: accepted}).told
        added = {
            name: Origins(found.values, found.uses | accepted.rows)
            for name, found in records.versions(table, bronze).items()
        }
        return _declared(table, mapped | added)

    def _of_transform(self, table: Computed) -> Columns:
        inputs = {
            name: transforms.given(str(read.table), self.catalog[read.table].schema)
            for name, read in table.parameters.items()
        }
        return _declared(table, transforms.read(table.build, inputs).told)

    def named(self, name: str) -> Columns:
        """The origins of the columns of a table, a quarantine or a view; none of the lake's own.

        Raises LineageError as `of` does.
        """
        if name in self._tables:
            return self.of(self._tables[name])
        if name not in self._read and name in self._quarantines:
            table = self._quarantines[name]
            self._read[name] = records.rejected(table, self.catalog.bronze_of(table))
        if name not in self._read and name in self.catalog.views:
            self._read[name] = views.read(name, self.catalog)
        return self._read.get(name, {})

    @cached_property
    def _tables(self) -> dict[str, Table]:
        return {str(table.name): table for table in self.catalog}

    @cached_property
    def _quarantines(self) -> dict[str, FromBronze]:
        return {str(table.quarantine): table for table in self.catalog.from_bronze}

    @cached_property
    def every(self) -> dict[Source, Origins]:
        """Each column of all tables, quarantines and views with its origins."""
        return {
            Source(name, column): origins
            for name in (*self._tables, *self._quarantines, *self.catalog.views)
            for column, origins in self.named(name).items()
        }

    @cached_property
    def _after(self) -> dict[Source, list[Source]]:
        found: dict[Source, list[Source]] = {}
        for made, origins in self.every.items():
            for source in origins.all:
                found.setdefault(source, []).append(made)
        return found

    def before(self, column: Source) -> Origins:
        """What a column comes from; nothing, of a table that the lake keeps of itself."""
        return self.named(column.frame).get(column.column, NOTHING)

    def after(self, column: Source) -> list[Source]:
        """The columns that come of one directly, or whose rows it chooses."""
        return self._after.get(column, [])


def _declared(table: Table, found: Columns) -> Columns:
    """The declared columns, in order."""
    if missing := [name for name in table.schema if name not in found]:
        raise LineageError(
            f"{table.name} declares {', '.join(missing)}, which its transform does not make."
        )
    return {name: found[name] for name in table.schema}
