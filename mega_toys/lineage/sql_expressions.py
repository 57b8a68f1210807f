"""Expressions of DuckDB's plan: what comes of the columns before them, which they name by place."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mega_toys.lineage.frames import UnreadError
from mega_toys.lineage.origins import NOTHING, Origins, together

Json = Any
Columns = Sequence[Origins]


def origins_of(told: Json, columns: Columns) -> Origins:
    """What an expression is made from; `columns` are those of the rows that it is of."""
    kind = told["expression_class"]
    if kind not in _KINDS:
        raise UnreadError(f"the expression `{kind}`")
    return _KINDS[kind](told, columns)


def every(told: Sequence[Json], columns: Columns) -> list[Origins]:
    """What each of some expressions is made from."""
    return [origins_of(one, columns) for one in told]


def ordered_by(orders: Json, columns: Columns) -> Origins:
    """What rows are put in order by; `orders` may be none."""
    listed = orders["orders"] if isinstance(orders, dict) else orders or []
    return together(origins_of(one["expression"], columns) for one in listed)


def _column(told: Json, columns: Columns) -> Origins:
    at = int(told["index"])
    if at >= len(columns):
        raise UnreadError(f"the column {at} of rows that have {len(columns)}")
    return columns[at]


def _nothing(told: Json, columns: Columns) -> Origins:
    return NOTHING


def _made_of(*parts: str) -> Callable[[Json, Columns], Origins]:
    """An expression whose values come from its parts; a part may be a list, or be left out."""

    def read(told: Json, columns: Columns) -> Origins:
        return together(origins_of(one, columns) for one in _parts(told, parts))

    return read


def _parts(told: Json, parts: Sequence[str]) -> Iterator[Json]:
    for name in parts:
        part = told.get(name)
        yield from part if isinstance(part, list) else [part] * (part is not None)


def _case(told: Json, columns: Columns) -> Origins:
    """The conditions as well: they say which value it is."""
    checks = [one for check in told["case_checks"] for one in check.values()]
    return together(every([*checks, told["else_expr"]], columns))


def _aggregate(told: Json, columns: Columns) -> Origins:
    values = together(every(told["children"], columns))
    if told.get("filter") is not None:
        values = values.using("filter", origins_of(told["filter"], columns))
    return values.using("sort", ordered_by(told.get("order_bys"), columns))


def _window(told: Json, columns: Columns) -> Origins:
    by = [
        *every(told.get("partitions") or [], columns),
        ordered_by(told.get("orders"), columns),
        ordered_by(told.get("arg_orders"), columns),
        *(origins_of(one, columns) for one in _parts(told, _BOUNDS)),
    ]
    values = together(every(told.get("children") or [], columns))
    return values.using("window", together(by))


_BOUNDS = ("start_expr", "end_expr", "filter_expr")
_KINDS: dict[str, Callable[[Json, Columns], Origins]] = {
    "BOUND_AGGREGATE": _aggregate,
    "BOUND_BETWEEN": _made_of("input", "lower", "upper"),
    "BOUND_CASE": _case,
    "BOUND_CAST": _made_of("child"),
    "BOUND_COMPARISON": _made_of("left", "right"),
    "BOUND_CONJUNCTION": _made_of("children"),
    "BOUND_CONSTANT": _nothing,
    "BOUND_FUNCTION": _made_of("children"),
    "BOUND_LAMBDA": _nothing,  # what it takes from outside stands beside it
    "BOUND_OPERATOR": _made_of("children"),
    "BOUND_REF": _column,
    "BOUND_UNNEST": _made_of("child"),
    "BOUND_WINDOW": _window,
}
