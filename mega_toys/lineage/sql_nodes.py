"""The nodes of DuckDB's plan of a query: what the columns come from, which it names by place."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from mega_toys.lineage.frames import UnreadError
from mega_toys.lineage.origins import (
    NO_USES,
    NOTHING,
    Effect,
    Origins,
    Source,
    Uses,
    together,
    used,
)
from mega_toys.lineage.sql_expressions import Json, every, ordered_by, origins_of

_NO_LAYER = "main"  # where DuckDB has tables that have no layer


@dataclass(frozen=True)
class Rows:
    """The origins of each column, and what chose the rows, which bears on all of them."""

    columns: list[Origins]
    chosen: Uses = NO_USES

    def by(self, effect: Effect, others: Iterable[Origins]) -> "Rows":
        """The rows, chosen, combined or put in order by others."""
        return replace(self, chosen=self.chosen | used(effect, together(others)))

    def only(self, places: list[int] | None) -> "Rows":
        """The rows with some of their columns; all, where none are named."""
        return replace(self, columns=[self.columns[at] for at in places]) if places else self

    def beside(self, other: "Rows") -> "Rows":
        """Rows of both together."""
        return Rows([*self.columns, *other.columns], self.chosen | other.chosen)

    @property
    def told(self) -> list[Origins]:
        """The origins of each column, with what chose the rows."""
        return [Origins(one.values, one.uses | self.chosen) for one in self.columns]


Common = Mapping[int, Rows]  # the named parts of a query


def rows_of(node: Json, common: Common) -> Rows:
    """What a part of a plan gives."""
    kind = node["type"]
    if kind not in _NODES:
        raise UnreadError(f"the plan node `{kind}`")
    return _NODES[kind](node, common)


def _before(node: Json, common: Common) -> Rows:
    return rows_of(node["children"][0], common)


def _scan(node: Json, common: Common) -> Rows:
    """Rows of a table, or of a function of constants."""
    if node["children"] or node["table_filters"].get("filters"):
        raise UnreadError(f"the function `{node['qname']['path'][-1]}` of rows")
    path = (node.get("function_data") or {}).get("qualified_name", {}).get("path")
    names, table = node["names"], ".".join(part for part in path or [] if part != _NO_LAYER)
    places = [one["index"] for one in node["column_indexes"]]
    columns = [_stored(table, names[at]) if at < len(names) else NOTHING for at in places]
    return Rows(columns).only(node["projection_ids"])


def _stored(table: str, column: str) -> Origins:
    return Origins(frozenset({Source(table, column)})) if table else NOTHING


def _one_row(node: Json, common: Common) -> Rows:
    return Rows([NOTHING])


def _values(node: Json, common: Common) -> Rows:
    """Rows that stand in the query."""
    before = _before(node, common)
    columns = zip(*(every(row, before.columns) for row in node["expressions"]), strict=True)
    return Rows([together(column) for column in columns], before.chosen)


def _filter(node: Json, common: Common) -> Rows:
    before = _before(node, common)
    kept = before.by("filter", every(node["expressions"], before.columns))
    return kept.only(node.get("projection_map"))


def _select(node: Json, common: Common) -> Rows:
    before = _before(node, common)
    return Rows(every(node["expressions"], before.columns), before.chosen)


def _aggregated(node: Json, common: Common) -> Rows:
    before = _before(node, common)
    keys, made = (every(node[part], before.columns) for part in ("groups", "expressions"))
    levels = [NOTHING] * len(node["grouping_functions"])
    return Rows([*keys, *made, *levels], before.chosen).by("group", keys)


def _window(node: Json, common: Common) -> Rows:
    before = _before(node, common)
    return replace(before, columns=before.columns + every(node["expressions"], before.columns))


def _unnest(node: Json, common: Common) -> Rows:
    before = _before(node, common)
    made = every(node["expressions"], before.columns)
    return replace(before, columns=before.columns + made).by("explode", made)


def _ordered(node: Json, common: Common) -> Rows:
    before = _before(node, common)
    ordered = before.by("sort", [ordered_by(node["orders"], before.columns)])
    return ordered.only(node.get("projection_map"))


def _limit(node: Json, common: Common) -> Rows:
    before = _before(node, common)
    told = [node[one].get("expression") for one in ("limit_val", "offset_val")]
    return before.by("filter", every([one for one in told if one], before.columns))


def _distinct(node: Json, common: Common) -> Rows:
    before = _before(node, common)
    grouped = before.by("group", every(node["distinct_targets"], before.columns))
    return grouped.by("sort", [ordered_by(node.get("order_by"), before.columns)])


def _cross(node: Json, common: Common) -> Rows:
    left, right = (rows_of(one, common) for one in node["children"])
    return left.beside(right)


def _join(node: Json, common: Common) -> Rows:
    """A join bears on the rows of both sides; one that only looks something up, on what it adds."""
    left, right = (rows_of(one, common) for one in node["children"])
    kind = node["join_type"]
    if kind not in _JOINS:
        raise UnreadError(f"a join of the kind `{kind}`")
    keys = _keys(node, left, right)
    kept, added = left.only(node.get("left_projection_map")), []
    if kind == "MARK":
        added = [together([*right.told, *keys])]
    elif kind in _BOTH:
        added = right.only(node.get("right_projection_map")).columns
    if kind in _LOOKED_UP:
        by = right.chosen | used("join", together(keys))
        new = [Origins(one.values, one.uses | by) for one in added]
        return replace(kept, columns=[*kept.columns, *new])
    both = Rows([*kept.columns, *added], left.chosen | right.chosen)
    return both.by("join", keys)


def _keys(node: Json, left: Rows, right: Rows) -> list[Origins]:
    if condition := node.get("condition"):
        return [origins_of(condition, [*left.columns, *right.columns])]
    found = []
    for one in node["conditions"]:
        if not {"left", "right"} <= one.keys():
            raise UnreadError(f"a join by {sorted(one)}")
        found += [origins_of(one["left"], left.columns), origins_of(one["right"], right.columns)]
    return found


def _union(node: Json, common: Common) -> Rows:
    """Rows below each other."""
    some = [rows_of(one, common) for one in node["children"]]
    columns = [together(each) for each in zip(*(one.columns for one in some), strict=True)]
    return Rows(columns, NO_USES.union(*(one.chosen for one in some)))


def _compared(node: Json, common: Common) -> Rows:
    """Rows of the first that are among those of the second, or are not."""
    first, second = (rows_of(one, common) for one in node["children"])
    return first.by("filter", [*first.columns, *second.told])


def _named(node: Json, common: Common) -> Rows:
    """A query that names a part of itself, which is told first."""
    part, rest = node["children"]
    return rows_of(rest, {**common, node["table_index"]: rows_of(part, common)})


def _part(node: Json, common: Common) -> Rows:
    return common[node["cte_index"]]


def _recursive(node: Json, common: Common) -> Rows:
    """A part that is made of itself: until no column comes from more."""
    first, again = node["children"]
    found, before = rows_of(first, common), None
    while found != before:
        before, step = found, rows_of(again, {**common, node["table_index"]: found})
        columns = [together(each) for each in zip(found.columns, step.columns, strict=True)]
        found = Rows(columns, found.chosen | step.chosen)
    return found


_LOOKED_UP = ("MARK", "SINGLE")
_BOTH = ("INNER", "LEFT", "RIGHT", "OUTER", "SINGLE")
_JOINS = (*_BOTH, "MARK", "SEMI", "ANTI")
_NODES: dict[str, Callable[[Json, Common], Rows]] = {
    "LOGICAL_AGGREGATE_AND_GROUP_BY": _aggregated,
    "LOGICAL_ANY_JOIN": _join,
    "LOGICAL_ASOF_JOIN": _join,
    "LOGICAL_COMPARISON_JOIN": _join,
    "LOGICAL_CROSS_PRODUCT": _cross,
    "LOGICAL_CTE_REF": _part,
    "LOGICAL_DISTINCT": _distinct,
    "LOGICAL_DUMMY_SCAN": _one_row,
    "LOGICAL_EXCEPT": _compared,
    "LOGICAL_EXPRESSION_GET": _values,
    "LOGICAL_FILTER": _filter,
    "LOGICAL_GET": _scan,
    "LOGICAL_INTERSECT": _compared,
    "LOGICAL_LIMIT": _limit,
    "LOGICAL_MATERIALIZED_CTE": _named,
    "LOGICAL_ORDER_BY": _ordered,
    "LOGICAL_PROJECTION": _select,
    "LOGICAL_RECURSIVE_CTE": _recursive,
    "LOGICAL_UNION": _union,
    "LOGICAL_UNNEST": _unnest,
    "LOGICAL_WINDOW": _window,
}
