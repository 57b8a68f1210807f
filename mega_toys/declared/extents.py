"""What a transform reads: which tables, and which of their days for one of its own."""

import datetime as dt
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl

from mega_toys.declared.errors import DeclarationError
from mega_toys.declared.name import TableName
from mega_toys.declared.schemas import dy

Transform = Callable[..., pl.LazyFrame]


@dataclass(frozen=True)
class Days:
    """Day D reads the input's days D+first to D+last."""

    first: int
    last: int


@dataclass(frozen=True)
class Until:
    """Day D reads all days of the input up to D, and a change touches the days from it on.

    With `by`, it touches those of them that have rows of the changed rows' keys: what is carried
    forward key by key, like a balance, changes nowhere else.
    """

    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Whole:
    """Every day reads the whole input, and a change of it touches every day."""


Spans = list[tuple[dt.date, dt.date]]


@dataclass(frozen=True)
class Touches:
    """Every day reads the whole input; a change touches the spans of days the function names.

    `spans` is given the rows that changed, old and new; none means every day.
    """

    spans: Callable[[pl.DataFrame], Spans | None]


@dataclass(frozen=True)
class LandedWith:
    """Reads the bronze partitions that the `_landed_on` of another parameter names.

    For records taken from where an accepted record came from; only that other input touches days.
    """

    parameter: str


@dataclass(frozen=True)
class Changed:
    """Reads the rows that came or went since the table took the input in; only in an `update`."""


Extent = Days | Until | Whole | Touches | LandedWith | Changed
SAME_DAY = Days(0, 0)


class Read(NamedTuple):
    """One input of a transform: the table, its schema and the extent that is read."""

    table: TableName
    rows: type[dy.Schema]
    extent: Extent


def reads_of(transform: Transform) -> dict[str, Read]:
    """The lineage, read off the signature: parameter name to what it is annotated with."""
    hints = typing.get_type_hints(transform, include_extras=True)
    hints.pop("return", None)
    return {name: _read(transform, name, hint) for name, hint in hints.items()}


def _read(transform: Transform, name: str, hint: Any) -> Read:
    extent: Extent = SAME_DAY
    if typing.get_origin(hint) is typing.Annotated:
        hint, extent = typing.get_args(hint)[:2]
    rows = typing.get_args(hint)
    if not rows or not issubclass(rows[0], dy.Schema):
        raise DeclarationError(
            f"Parameter `{name}` of `{transform.__module__}.{transform.__name__}` is not annotated "
            "with the schema it reads: dy.LazyFrame[Schema] is wanted."
        )
    return Read(TableName.of(rows[0]), rows[0], extent)


def extents_of(reads: Iterable[Read]) -> dict[TableName, Extent]:
    """The tables that are read, each with the extent of its days."""
    found: dict[TableName, Extent] = {}
    for read in reads:
        found[read.table] = _both(found.get(read.table), read.extent)
    return found


def _both(one: Extent | None, other: Extent) -> Extent:
    """The extent of an input; one that is read twice gives its own day and what lies around it."""
    if one is None:
        return other
    around = [extent for extent in (one, other) if isinstance(extent, (Until, Whole))]
    if SAME_DAY not in (one, other) or not around:
        raise DeclarationError(f"An input is read by {one} and {other}: one must hold the other.")
    return around[0]
