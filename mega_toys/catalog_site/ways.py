"""Where tables and columns come from and go to: as links, and as pictures of links."""

from collections.abc import Iterator
from functools import cache, partial

from markupsafe import Markup

from mega_toys.catalog_site.markup import anchor, page
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import LineageError
from mega_toys.declared.name import TableName
from mega_toys.declared.table import Counted, Table
from mega_toys.lineage import way
from mega_toys.lineage.graph import Columns, Lineage
from mega_toys.lineage.origins import NOTHING, Origins, Source
from mega_toys.lineage.picture import drawn

WITHIN = 4  # steps of a column's way that its picture has, in each direction
_ASKED_BY_ALL = "rule"  # rules ask every field: told nowhere


class Ways:
    """All tables and columns, and how they come of each other.

    Of a table whose code cannot be followed `unread` says why; its columns have no way then.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.unread: dict[str, str] = {}
        self._quarantined = {str(one.quarantine): str(one.name) for one in catalog.from_bronze}
        self._columns = dict(self._read())
        self._on: dict[Source, list[Source]] = {}
        for name, columns in self._columns.items():
            for column, origins in columns.items():
                for source in sorted(origins.all):
                    self._on.setdefault(source, []).append(Source(name, column))
        # Columns are on the way of many others: their steps and addresses are made once.
        self._steps_before = cache(partial(way.before, self))
        self._steps_after = cache(partial(way.after, self))
        self._address = cache(self._addressed)
        self._made_from = {str(table.name): self.made_from(table) for table in catalog}
        self._goes_into: dict[str, list[str]] = {}
        for made, sources in self._made_from.items():
            for source_table in sources:
                self._goes_into.setdefault(source_table, []).append(made)

    def _read(self) -> Iterator[tuple[str, Columns]]:
        lineage = Lineage(self.catalog)
        for name in (*self.catalog.names, *self._quarantined, *self.catalog.views):
            try:
                yield name, lineage.named(name)
            except LineageError as error:
                self.unread[name] = str(error)

    def before(self, column: Source) -> Origins:
        """What a column comes from, one step back; nothing where that cannot be told."""
        return self._columns.get(column.frame, {}).get(column.column, NOTHING)

    def after(self, column: Source) -> list[Source]:
        """The columns that come of one, or whose rows it chooses, one step on."""
        return self._on.get(column, [])

    def made_from(self, table: Table) -> list[str]:
        """The declared tables that a table is made from."""
        if isinstance(table, Counted):
            return [str(one.name) for one in self.catalog.from_bronze]
        return [str(name) for name in table.reads]

    def values(self, table: Table, column: str) -> list[Source]:
        """The columns that the values of a column come from, one step back."""
        return sorted(self.before(Source(str(table.name), column)).values)

    def goes_to(self, table: Table, column: str) -> list[Source]:
        """The columns whose values come from it, one step on."""
        steps = self._steps_after(Source(str(table.name), column))
        return [step.made for step in steps if not step.by]

    def of_view(self, name: str) -> list[tuple[str, list[Source]]]:
        """The columns of a view, each with those that its values come from."""
        return [(one, sorted(of.values)) for one, of in self._columns.get(name, {}).items()]

    def page_of_view(self, name: str) -> str:
        """Where a view, or a metric, is told of below the site."""
        of = "metrics" if name in self.catalog.metrics else f"domains/{anchor(name.split('.')[0])}"
        return f"{of}.html#{anchor(name)}"

    def chosen_by(self, table: Table) -> dict[Source, list[str]]:
        """The columns that choose rows of a table, and how."""
        found: dict[Source, set[str]] = {}
        for origins in self._columns.get(str(table.name), {}).values():
            for source, effects in origins.rows.items():
                if told := {*effects} - {_ASKED_BY_ALL}:
                    found.setdefault(source, set()).update(told)
        return {source: sorted(found[source]) for source in sorted(found)}

    def picture_of_tables(self, table: Table) -> Markup:
        """All that a table is made from and goes into, step by step."""
        asked = Source(str(table.name), "")
        steps = [*_steps(asked, self._made_from, up=True), *_steps(asked, self._goes_into)]
        return _safe(drawn([asked], steps, self._address))

    def picture(self, table: Table, column: str) -> Markup:
        """The way of a column's values, back and on; and what chooses its rows."""
        asked = Source(str(table.name), column)
        back = way.walked([asked], self._steps_before, way.SOURCE, WITHIN)
        on = way.walked([asked], self._steps_after, way.MADE, WITHIN)
        told = [one for one in (*back, *on) if not one.by or asked in (one.made, one.source)]
        return _safe(drawn([asked], told, self._address))

    def _addressed(self, one: Source) -> str:
        """The page of a table, a quarantine or a view, or of the way of a column, if it has one."""
        if of := self._quarantined.get(one.frame):
            return f"../{page(of)}#quarantine"
        if one.frame in self.catalog.views:
            return f"../{self.page_of_view(one.frame)}"
        if one.frame not in self._made_from:  # kept by the lake itself
            return ""
        if one.column:
            return f"../lineage/{anchor(one.frame)}.html#c-{anchor(one.column)}"
        return f"../{page(one.frame)}"


def _steps(
    asked: Source, neighbours: dict[str, list[str]], *, up: bool = False
) -> Iterator[way.Step]:
    """The steps from table to table, each once."""
    left, seen = [asked.frame], set[str]()
    while left:
        at = left.pop(0)
        if at in seen:
            continue
        seen.add(at)
        for other in neighbours.get(at, []):
            ends = Source(other, ""), Source(at, "")
            yield way.Step(*(ends if up else ends[::-1]))
            left.append(other)


def _safe(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704, names are escaped where they are drawn


def metrics_over(name: TableName, catalog: Catalog) -> list[str]:
    """The metrics whose product a table is."""
    return [one for one, metric in catalog.metrics.items() if metric.product == str(name)]
