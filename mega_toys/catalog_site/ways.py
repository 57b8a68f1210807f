"""Where tables and columns come from and go to, each a link to its page."""

from collections.abc import Iterator

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import LineageError
from mega_toys.declared.name import TableName
from mega_toys.declared.table import Counted, Table
from mega_toys.lineage.graph import Columns, Lineage
from mega_toys.lineage.origins import Source

_ASKED_BY_ALL = "rule"  # rules ask every field: told nowhere


class Ways:
    """All tables and columns, and how they come of each other.

    Of a table whose code cannot be followed `unread` says why; its columns have no way then.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.unread: dict[str, str] = {}
        self._columns = dict(self._read())
        self._on: dict[Source, list[Source]] = {}
        for name, columns in self._columns.items():
            for column, origins in columns.items():
                for source in sorted(origins.values):
                    self._on.setdefault(source, []).append(Source(name, column))
        self._after: dict[str, list[str]] = {}
        for table in catalog:
            for source_table in self.before(table):
                self._after.setdefault(source_table, []).append(str(table.name))

    def _read(self) -> Iterator[tuple[str, Columns]]:
        lineage = Lineage(self.catalog)
        for table in self.catalog:
            try:
                yield str(table.name), lineage.of(table)
            except LineageError as error:
                self.unread[str(table.name)] = str(error)

    def before(self, table: Table) -> list[str]:
        """The declared tables that a table is made from."""
        if isinstance(table, Counted):
            return [str(one.name) for one in self.catalog.from_bronze]
        return [str(name) for name in table.reads]

    def after(self, table: Table) -> list[str]:
        """The tables that are made from it."""
        return self._after.get(str(table.name), [])

    def values(self, table: Table, column: str) -> list[Source]:
        """The columns that the values of a column come from, one step back."""
        origins = self._columns.get(str(table.name), {}).get(column)
        return sorted(origins.values) if origins else []

    def goes_to(self, table: Table, column: str) -> list[Source]:
        """The columns whose values come from it, one step on."""
        return self._on.get(Source(str(table.name), column), [])

    def chosen_by(self, table: Table) -> dict[Source, list[str]]:
        """The columns that choose rows of a table, and how."""
        found: dict[Source, set[str]] = {}
        for origins in self._columns.get(str(table.name), {}).values():
            for source, effects in origins.rows.items():
                if told := {*effects} - {_ASKED_BY_ALL}:
                    found.setdefault(source, set()).update(told)
        return {source: sorted(found[source]) for source in sorted(found)}


def metrics_over(name: TableName, catalog: Catalog) -> list[str]:
    """The metrics whose product a table is."""
    return [one for one, metric in catalog.metrics.items() if metric.product == str(name)]
