"""Expressions of a plan: what each column that they make comes from.

A function sees nothing but its inputs, whatever it does: its values come from all of them, but for
those that only put in order, filter or window the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from polars.exceptions import DuplicateError

from mega_toys.lineage.asked import Json, has_several, names_of
from mega_toys.lineage.frames import Frame, UnreadError
from mega_toys.lineage.origins import NOTHING, Effect, Origins, together

# Functions whose later inputs, from this one on, only choose among the first.
_CHOOSING: dict[str, tuple[int, Effect]] = {
    "RollingExprBy": (1, "window"),
    "TopKBy": (2, "sort"),
    "MinBy": (1, "sort"),
    "MaxBy": (1, "sort"),
}


@dataclass(frozen=True)
class Reading:
    """Where an expression stands: the frame it is of, and the list or struct it goes into.

    Of a group, selectors mean all columns but its `keys`.
    """

    frame: Frame
    keys: frozenset[str] = frozenset()
    element: Origins = NOTHING

    def of(self, told: Json) -> list[Origins]:
        """The origins of each column that one expression makes."""
        kind, body = told if isinstance(told, tuple) else _parts(told)
        if kind not in _EXPRESSIONS:
            raise UnreadError(f"the expression `{kind}`")
        return _EXPRESSIONS[kind](self, body)

    def one(self, told: Json) -> Origins:
        """All that an expression comes from."""
        return together(self.of(told))

    def all(self, told: Sequence[Json]) -> list[Origins]:
        """The origins of each column that some expressions make, one after the other."""
        found = [self.of(one) for one in told]
        counts = [len(one) for one in found]
        for at, expression in enumerate(told):
            if len(found[at]) > 1 or has_several(expression):
                counts[at] = len(self.names([expression]))
        return [
            origins
            for each, count in zip(found, counts, strict=True)
            for origins in _as_many(each, count)
        ]

    def names(self, told: Sequence[Json]) -> list[str]:
        """The names of the columns that some expressions make, as Polars has it."""
        schema = self.frame.schema
        seen = {name: dtype for name, dtype in schema.items() if name not in self.keys}
        return names_of(told, type(schema)(seen) if self.keys else schema)


def _parts(told: Json) -> tuple[str, Json]:
    if isinstance(told, str):
        return told, None
    if not isinstance(told, dict) or len(told) != 1:
        raise UnreadError(f"the expression {str(told)[:60]!r}")
    return next(iter(told.items()))


def _as_many(found: list[Origins], count: int) -> list[Origins]:
    """As many as Polars says there are; one that becomes several gives each all it comes from."""
    if len(found) not in (1, count):
        raise UnreadError(f"an expression of {count} columns, which was read as {len(found)}")
    return found if len(found) == count else found * count


def _zipped(parts: Sequence[list[Origins]]) -> list[list[Origins]]:
    """The parts of each column that is made: a part of one column stands beside all of them."""
    count = max((len(part) for part in parts), default=1)
    if any(len(part) not in (1, count) for part in parts):
        raise UnreadError("selectors of several lengths in one expression")
    return [[part[at if len(part) > 1 else 0] for part in parts] for at in range(count)]


def _nothing(reading: Reading, body: Json) -> list[Origins]:
    return [NOTHING]


def _column(reading: Reading, name: Json) -> list[Origins]:
    if name not in reading.frame.columns:
        raise UnreadError(f"the column `{name}`, which the frame before has not")
    return [reading.frame.columns[name]]


def _selector(reading: Reading, selector: Json) -> list[Origins]:
    return [reading.frame.columns[name] for name in reading.names([{"Selector": selector}])]


def _element(reading: Reading, body: Json) -> list[Origins]:
    return [reading.element]


def _inner(*names: str) -> Callable[[Reading, Json], list[Origins]]:
    """An expression whose values come from its parts."""

    def read(reading: Reading, body: Json) -> list[Origins]:
        return [together(each) for each in _zipped([reading.of(body[name]) for name in names])]

    return read


def _first(reading: Reading, body: Json) -> list[Origins]:
    """One that is told as a list, whose first part is the expression."""
    return reading.of(body[0])


def _same(reading: Reading, body: Json) -> list[Origins]:
    return reading.of(body)


def _chosen(
    name: str, by: Sequence[str], effect: Effect
) -> Callable[[Reading, Json], list[Origins]]:
    """An expression whose values come from one part, chosen or put in order by others."""

    def read(reading: Reading, body: Json) -> list[Origins]:
        told = [one for part in by for one in _each(body[part])]
        parts = [reading.of(body[name]), *(reading.of(one) for one in told)]
        return [each[0].using(effect, together(each[1:])) for each in _zipped(parts)]

    return read


def _each(told: Json) -> list[Json]:
    return told if isinstance(told, list) else [] if told is None else [told]


def _over(reading: Reading, body: Json) -> list[Origins]:
    by = [*_each(body["partition_by"]), *(body["order_by"] or [])[:1]]
    window = together(reading.one(one) for one in by)
    return [one.using("window", window) for one in reading.of(body["function"])]


def _agg(reading: Reading, body: Json) -> list[Origins]:
    """An aggregation, told by its input, by a list that begins with it, or with its parts."""
    ((name, told),) = body.items()
    if name == "Count" and told["include_nulls"]:
        return [NOTHING for _ in reading.of(told["input"])]  # as many as there are rows
    if isinstance(told, list):
        return reading.of(told[0])
    if isinstance(told, dict) and "input" in told:
        return reading.of(told["input"])
    return reading.of(told)


def _function(reading: Reading, body: Json) -> list[Origins]:
    parts = [reading.of(one) for one in body["input"]]
    name = _parts(body["function"])[0]
    first, effect = _CHOOSING.get(name, (len(parts), "filter"))
    if any(len(part) > 1 for part in parts) and _takes_all(reading, body):
        return [together(one for part in parts for one in part)]
    return [together(each[:first]).using(effect, together(each[first:])) for each in _zipped(parts)]


def _takes_all(reading: Reading, body: Json) -> bool:
    """Whether a function takes the columns of a selector together, as `sum_horizontal` does."""
    try:
        return len(reading.names([{"Function": body}])) == 1
    except DuplicateError:
        return False


def _opaque(reading: Reading, body: Json) -> list[Origins]:
    """A function of Python: it sees its inputs, and may see all of them."""
    return [together(each) for each in _zipped([reading.of(one) for one in body["input"]])]


def _within(reading: Reading, body: Json) -> list[Origins]:
    """What is done to each element of a list, or beside the fields of a struct."""
    found = []
    for each in reading.of(body["expr"]):
        inside = replace(reading, element=each)
        done = [inside.one(one) for one in _each(body["evaluation"])]
        found.append(together([each, *done]))
    return found


_EXPRESSIONS: dict[str, Callable[[Reading, Json], list[Origins]]] = {
    "Agg": _agg,
    "Alias": _first,
    "AnonymousFunction": _opaque,
    "BinaryExpr": _inner("left", "right"),
    "Cast": _inner("expr"),
    "Column": _column,
    "Element": _element,
    "Eval": _within,
    "Explode": _inner("input"),
    "Field": _element,
    "Filter": _chosen("input", ["by"], "filter"),
    "Function": _function,
    "Gather": _chosen("expr", ["idx"], "filter"),
    "KeepName": _same,
    "Len": _nothing,
    "Literal": _nothing,
    "Over": _over,
    "RenameAlias": _inner("expr"),
    "Rolling": _chosen("function", ["index_column"], "window"),
    "Selector": _selector,
    "Slice": _chosen("input", ["offset", "length"], "filter"),
    "Sort": _inner("expr"),
    "SortBy": _chosen("expr", ["by"], "sort"),
    "StructEval": _within,
    "Ternary": _inner("predicate", "truthy", "falsy"),
}
