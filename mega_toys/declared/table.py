"""What a table is: the one declaration that every other room reads."""

import datetime as dt
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, NamedTuple, Self

import dataframely as dy
import polars as pl

from mega_toys.declared import sent
from mega_toys.declared.errors import DeclarationError
from mega_toys.declared.field import Sent
from mega_toys.declared.sent_as import BY_DEFAULT, Declared

Transform = Callable[..., pl.LazyFrame]
Rule = Callable[[], pl.Expr]
Privacy = Literal["public", "internal", "confidential", "personal"]


class TableName(NamedTuple):
    """Where a table lives. File, asset key, storage path and SQL name are all this triple."""

    domain: str
    layer: str
    table: str

    @classmethod
    def of(cls, declared: object) -> Self:
        """The name of the table whose file declares this schema or function."""
        return cls(*declared.__module__.split(".")[-3:])

    @classmethod
    def parse(cls, text: str) -> Self:
        """The name as written in SQL: `commerce.gold.daily_sales`."""
        parts = text.split(".")
        if len(parts) != 3:
            raise DeclarationError(
                f"`{text}` is no table name: <domain>.<layer>.<table> is wanted."
            )
        return cls(*parts)

    def __str__(self) -> str:
        return ".".join(self)


class Kind(StrEnum):
    """How a table takes in what is new."""

    BRONZE = "bronze"  # the records of landing files, by landing day
    EVENTS = "events"  # immutable facts, a business day at a time
    CURRENT = "current"  # the newest version of each key, on its business day
    HISTORY = "history"  # all versions of each key
    REFERENCE = "reference"  # the newest version of each key, the whole table
    BY_DAY = "by day"  # computed for the days whose inputs changed
    WHOLE = "whole"  # computed as a whole when an input changed
    COUNTED = "counted"  # what the lake counts of its tables, for the days that changed


COMPUTED_BY_DAY = frozenset({Kind.BY_DAY, Kind.COUNTED})
FROM_BRONZE = frozenset({Kind.EVENTS, Kind.CURRENT, Kind.HISTORY, Kind.REFERENCE})


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


def _both(one: Extent | None, other: Extent) -> Extent:
    """The extent of an input; one that is read twice gives its own day and what lies around it."""
    if one is None:
        return other
    around = [extent for extent in (one, other) if isinstance(extent, (Until, Whole))]
    if SAME_DAY not in (one, other) or not around:
        raise DeclarationError(f"An input is read by {one} and {other}: one must hold the other.")
    return around[0]


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What the owner promises, and to whom."""

    owner: str
    readers: frozenset[str] = frozenset({"engineer", "analyst"})
    published: bool = False  # may other domains read it?
    privacy: Privacy = "internal"
    fresh_within: dt.timedelta = dt.timedelta(hours=26)


@dataclass(frozen=True, kw_only=True)
class Check:
    """A query for what is wrong: it passes when it finds no row."""

    finds: Transform
    blocks: bool = False


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """Which share of the records received may be quarantined before a check warns, or fails."""

    warn_above: float = 0.005
    error_above: float = 0.2


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """What a source sends: which field means what. The fields are columns of the bronze schema."""

    key: tuple[str, ...]
    business_time: tuple[str, ...] = ()  # the first that is not null counts
    sequence: str | None = None
    source: str = "files"
    sent_as: Declared = BY_DEFAULT  # how partners send otherwise


@dataclass(frozen=True, kw_only=True)
class Table:
    """One Delta table: its rows, its promise, and what it is made from.

    A bronze table has a `dataset`, every other a `build`. An `update` makes, of a table built as a
    whole and of what changed in its inputs, the same rows as the build. `known` names, for a
    silver table made from bronze, the tables in which a field's value must be known; `zone_of` the
    field whose record there has the time zone of the business day. `refers` names the table in
    which a check looks for a column's values; a row whose value is not there is kept.
    """

    rows: type[dy.Schema]
    kind: Kind
    contract: Contract
    dataset: Dataset | None = None
    build: Transform | None = None
    update: Transform | None = None
    known: Mapping[str, type[dy.Schema]] = field(default_factory=dict)
    zone_of: str | None = None
    rules: tuple[Rule, ...] = ()
    tolerates: Tolerance = Tolerance()
    refers: Mapping[str, type[dy.Schema]] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()

    @cached_property
    def name(self) -> TableName:
        """Where the table lives: the place of the file that declares it."""
        return TableName.of(self.rows)

    @cached_property
    def parameters(self) -> dict[str, Read]:
        """The inputs of the transform, by the name of the parameter that takes them."""
        return reads_of(self.build) if self.build else {}

    @cached_property
    def reads(self) -> dict[TableName, Extent]:
        """Every table it is made from, with the extent of its days."""
        found: dict[TableName, Extent] = {}
        for read in self.parameters.values():
            found[read.table] = _both(found.get(read.table), read.extent)
        return found | {TableName.of(rows): Whole() for rows in self.known.values()}

    @property
    def received_from(self) -> Read:
        """The bronze table that a silver table takes its records from: its first parameter."""
        return next(iter(self.parameters.values()))

    @cached_property
    def day_column(self) -> str | None:
        """The column that partitions the table by day; none for an unpartitioned table."""
        if self.kind is Kind.BRONZE:
            return "_landed_on"
        return "day" if "day" in self.rows.column_names() else None

    @cached_property
    def key(self) -> list[str]:
        """The columns that identify a row."""
        return list(self.dataset.key) if self.dataset else self.rows.primary_key()

    @cached_property
    def columns(self) -> dict[str, dy.Column]:
        """The declared columns; the schema makes them anew each time that it is asked."""
        return self.rows.columns()

    @cached_property
    def schema(self) -> pl.Schema:
        """Column names and types as stored."""
        return pl.Schema({name: column.dtype for name, column in self.columns.items()})

    @property
    def quarantine(self) -> TableName | None:
        """Where its rejected records lie, if it is made from bronze."""
        name = self.name
        return (
            TableName(name.domain, "quarantine", name.table) if self.kind in FROM_BRONZE else None
        )

    @property
    def title(self) -> str:
        """What a row means: the first paragraph of the schema's docstring."""
        return (self.rows.__doc__ or "").strip().split("\n\n")[0]

    @cached_property
    def fields(self) -> dict[str, Sent]:
        """The fields of the source, of a bronze table."""
        return sent.fields_of(self.rows)
