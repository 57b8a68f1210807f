"""All tables, found by walking the domains: to add a table is to add a file."""

import copy
import importlib
import importlib.util
import pkgutil
import traceback
from collections.abc import Collection, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType

from mega_toys.declared.contradictions import refuse_contradictions
from mega_toys.declared.errors import DeclarationError, MegaToysError, UnknownTableError
from mega_toys.declared.lake.gold.data_quality_daily import TABLE as DATA_QUALITY
from mega_toys.declared.metric import Metric, refuse_wrong_metrics
from mega_toys.declared.metric_sql import view_of
from mega_toys.declared.name import TableName
from mega_toys.declared.table import Bronze, FromBronze, Table

LAYERS = ("bronze", "silver", "gold")
_OURS = Path(__file__).parents[1]


class Catalog:
    """The declared tables in the order in which they can be built, the metrics, and the SQL of the
    views, of which each metric is one.

    Last of the tables is what the lake itself counts of the others.
    """

    def __init__(
        self,
        tables: Iterable[Table],
        views: Mapping[str, str] | None = None,
        metrics: Mapping[str, Metric] | None = None,
    ) -> None:
        self.metrics = dict(metrics or {})
        made = {name: view_of(name.rpartition(".")[2], one) for name, one in self.metrics.items()}
        self.views = dict(views or {}) | made
        named = {table.name: table for table in tables}
        refuse_contradictions(named)
        ordered = [named[name] for name in _ordered(named) if name != DATA_QUALITY.name]
        self._tables = {table.name: table for table in (*ordered, DATA_QUALITY)}
        self._by_name = {str(name): table for name, table in self._tables.items()}
        self._left_out: frozenset[str] = frozenset()
        self._bronze = {table.name: table for table in self.bronze}
        self._from_bronze = {str(t.name): t for t in self if isinstance(t, FromBronze)}

    def __iter__(self) -> Iterator[Table]:
        return (self._by_name[name] for name in self.names)

    @property
    def names(self) -> list[str]:
        """The names of the tables, in the same order."""
        return [name for name in self._by_name if name not in self._left_out]

    @property
    def bronze(self) -> list[Bronze]:
        """The tables that hold what was received."""
        return [table for table in self if isinstance(table, Bronze)]

    @property
    def from_bronze(self) -> list[FromBronze]:
        """The tables that are made of what was received, each with a quarantine."""
        every = self._from_bronze.items()
        return [table for name, table in every if name not in self._left_out]

    def bronze_of(self, table: FromBronze) -> Bronze:
        """The bronze table whose records a table takes in."""
        return self._bronze[table.bronze]

    def without(self, names: Collection[str]) -> "Catalog":
        """The catalog without some tables; by name they are found all the same."""
        rest = copy.copy(self)
        rest._left_out = self._left_out | frozenset(names)
        return rest

    def __getitem__(self, name: TableName | str) -> Table:
        if str(name) not in self._by_name:
            raise UnknownTableError(str(name), self._by_name)
        return self._by_name[str(name)]


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
    prefix = f"{package.__name__}."
    found = pkgutil.walk_packages(package.__path__, prefix, onerror=lambda name: None)
    modules = [_imported(module.name, package) for module in found]
    for module in modules:
        _refuse_no_table(module, prefix)
    files = [path for root in package.__path__ for path in Path(root).glob("*/semantic/*.sql")]
    views = {".".join((*path.parts[-3:-1], path.stem)): path.read_text() for path in files}
    metrics = {
        module.__name__.removeprefix(prefix): module.METRIC
        for module in modules
        if hasattr(module, "METRIC")
    }
    refuse_wrong_metrics(metrics, views)
    return Catalog((module.TABLE for module in modules if hasattr(module, "TABLE")), views, metrics)


def _imported(name: str, package: ModuleType) -> ModuleType:
    """A module; an error in a file of the package is told with its place, our own stay as they are.

    The error itself is the cause, for those who show it whole.
    """
    try:
        return importlib.import_module(name)
    except MegaToysError:
        raise
    except Exception as error:
        place = _place(error, name, package)
        if place is None:
            raise
        said = error.msg if isinstance(error, SyntaxError) else error
        raise DeclarationError(f"{place}: {type(error).__name__}: {said}") from error


def _place(error: Exception, name: str, package: ModuleType) -> str | None:
    """The file and line below the package that an error comes from; none where it is not its."""
    spec = importlib.util.find_spec(name)
    mine = spec.origin if spec else None

    def is_theirs(path: str) -> bool:
        return path == mine or any(Path(path).is_relative_to(root) for root in package.__path__)

    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((error.filename, error.lineno))
    theirs = [f"{path}, line {line}" for path, line in frames if is_theirs(path)]
    innermost = frames[-1][0]
    ours = Path(innermost).is_relative_to(_OURS) and not is_theirs(innermost)
    return theirs[-1] if theirs and not ours else None


def _refuse_no_table(module: ModuleType, prefix: str) -> None:
    """What lies in a layer folder is a table; it would else silently be none."""
    place = module.__name__.removeprefix(prefix).split(".")
    in_layer = len(place) == 3 and place[1] in LAYERS and not hasattr(module, "__path__")
    if in_layer and not isinstance(getattr(module, "TABLE", None), Table):
        raise DeclarationError(
            f"{module.__file__} declares no `TABLE`, and every file in a folder `{place[1]}` is a "
            "table. Declare it, as `TABLE = ByDay(...)` or of another kind, or move the file one "
            "folder up, to the modules of its domain."
        )
