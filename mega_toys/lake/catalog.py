"""All tables, found by walking the domains: to add a table is to add a file."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType

from mega_toys.lake.errors import DeclarationError, UnknownTableError
from mega_toys.lake.table import Table, TableName


class Catalog:
    """The declared tables, in the order in which they can be built, and the SQL of the views."""

    def __init__(self, tables: Iterable[Table], views: Mapping[str, str] | None = None) -> None:
        self.views = dict(views or {})
        named = {table.name: table for table in tables}
        for table in named.values():
            for name in table.reads:
                if name not in named:
                    raise DeclarationError(f"{table.name} reads {name}, which no file declares.")
        self._tables = {name: named[name] for name in _ordered(named)}

    def __iter__(self) -> Iterator[Table]:
        return iter(self._tables.values())

    def __getitem__(self, name: TableName | str) -> Table:
        found = {str(known): table for known, table in self._tables.items()}
        if str(name) not in found:
            raise UnknownTableError(str(name), found)
        return found[str(name)]


def _ordered(named: dict[TableName, Table]) -> list[TableName]:
    """What a table reads comes before it; and what it only refers to, where no circle forbids."""
    reads = {name: sorted(table.reads) for name, table in sorted(named.items())}
    refers = {
        name: sorted({*reads[name], *map(TableName.of, named[name].refers.values())} & named.keys())
        for name in reads
    }
    try:
        return list(TopologicalSorter(refers).static_order())
    except CycleError:
        return list(TopologicalSorter(reads).static_order())


def tables_in(package: ModuleType) -> Catalog:
    """Every `TABLE` declared below the package, and every SQL file: the path is the view's name."""
    found = pkgutil.walk_packages(package.__path__, prefix=f"{package.__name__}.")
    modules = [importlib.import_module(module.name) for module in found]
    files = [path for root in package.__path__ for path in Path(root).glob("*/semantic/*.sql")]
    views = {".".join((*path.parts[-3:-1], path.stem)): path.read_text() for path in files}
    return Catalog((module.TABLE for module in modules if hasattr(module, "TABLE")), views)
