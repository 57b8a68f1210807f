"""What a table is: one class for each kind, which has the fields that mean something for it."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from mega_toys.declared import extents, sent
from mega_toys.declared.contract import Check, Contract, Tolerance
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.domain import domain_of
from mega_toys.declared.extents import Extent, Read, Transform
from mega_toys.declared.field import Sent
from mega_toys.declared.name import TableName
from mega_toys.declared.schemas import dy
from mega_toys.declared.window import WINDOW, Window

Rule = Callable[[], pl.Expr]
FIRST_BUSINESS_DAY = dt.date(2000, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Table(ABC):
    """A table: its rows and its promise; how rows come into it, each kind says.

    `refers` names the table in which a check looks for a column's values; all rows are kept.
    """

    rows: type[dy.Schema]
    contract: Contract
    refers: Mapping[str, type[dy.Schema]] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "contract", domain_of(self.rows).completed(self.contract))

    @property
    @abstractmethod
    def kind(self) -> str:
        """The kind, in a word."""

    @property
    @abstractmethod
    def takes(self) -> str:
        """How a table of its kind takes in what is new."""

    @cached_property
    def name(self) -> TableName:
        """Where the table lives: the place of the file that declares it."""
        return TableName.of(self.rows)

    @property
    def written_to(self) -> tuple[TableName, ...]:
        """The tables of the lake that it is written to."""
        return (self.name,)

    @cached_property
    def reads(self) -> dict[TableName, Extent]:
        """Every table it is made from, with the extent of its days."""
        return {}

    @property
    def day_column(self) -> str | None:
        """The column that partitions the table by day; none for an unpartitioned table."""
        return None

    @cached_property
    def key(self) -> list[str]:
        """The columns that identify a row."""
        return self.rows.primary_key()

    @cached_property
    def columns(self) -> dict[str, dy.Column]:
        """The declared columns; the schema makes them anew each time that it is asked."""
        return self.rows.columns()

    @cached_property
    def schema(self) -> pl.Schema:
        """Column names and types as stored."""
        return pl.Schema({name: column.dtype for name, column in self.columns.items()})

    @property
    def title(self) -> str:
        """What a row means: the first paragraph of the schema's docstring."""
        return (self.rows.__doc__ or "").strip().split("\n\n")[0]


@dataclass(frozen=True, kw_only=True)
class Bronze(Table):
    """The records of a dataset, as received."""

    kind = "bronze"
    takes = "the records of landing files, by landing day"
    day_column = "_landed_on"
    dataset: Dataset

    @cached_property
    def key(self) -> list[str]:
        """The fields that identify a record."""
        return list(self.dataset.key)

    @cached_property
    def fields(self) -> dict[str, Sent]:
        """The fields of the source."""
        return sent.fields_of(self.rows)


@dataclass(frozen=True, kw_only=True)
class Built(Table):
    """A table whose rows a transform makes."""

    build: Transform


@dataclass(frozen=True, kw_only=True)
class FromBronze(Built):
    """The valid records of a bronze table, each once; the others lie in a quarantine.

    `known` names the tables in which a field's value must be known; `zone_of` the field whose
    record there has the time zone of the business day.
    """

    received_from: type[dy.Schema]
    known: Mapping[str, type[dy.Schema]] = field(default_factory=dict)
    zone_of: str | None = None
    rules: tuple[Rule, ...] = ()
    tolerates: Tolerance = field(default_factory=Tolerance)

    @cached_property
    def bronze(self) -> TableName:
        """The bronze table that its records are received from."""
        return TableName.of(self.received_from)

    @cached_property
    def reads(self) -> dict[TableName, Extent]:
        """The bronze table, and all of those in which values must be known."""
        found: dict[TableName, Extent] = {self.bronze: extents.SAME_DAY}
        return found | {TableName.of(rows): extents.Whole() for rows in self.known.values()}

    @property
    def quarantine(self) -> TableName:
        """Where its rejected records lie."""
        return TableName(self.name.domain, "quarantine", self.name.table)

    @property
    def written_to(self) -> tuple[TableName, ...]:
        """The table and its quarantine."""
        return (self.name, self.quarantine)


@dataclass(frozen=True, kw_only=True)
class ByBusinessDay(FromBronze):
    """Records that lie, and are counted, on their business day; else it is their landing day."""

    day_column = "day"


@dataclass(frozen=True, kw_only=True)
class Events(ByBusinessDay):
    """Immutable facts: of the records with the same key and business day, the last received."""

    kind = "events"
    takes = "immutable facts, by business day"
    window: Window = WINDOW


@dataclass(frozen=True, kw_only=True)
class Current(ByBusinessDay):
    """The newest version of each key, on its business day, which is not before `first_day`."""

    kind = "current"
    takes = "the newest version of each key, by business day"
    first_day: dt.date = FIRST_BUSINESS_DAY


@dataclass(frozen=True, kw_only=True)
class ByKey(FromBronze):
    """Records counted on their landing day; they lie in one piece, or by their field `day`."""

    by_day: bool = False

    @property
    def day_column(self) -> str | None:
        """The field `day`, where the table is declared to lie by it."""
        return "day" if self.by_day else None


@dataclass(frozen=True, kw_only=True)
class History(ByKey):
    """Every version of each key, from when until when it held."""

    kind = "history"
    takes = "all versions of each key (SCD type 2)"


@dataclass(frozen=True, kw_only=True)
class Reference(ByKey):
    """The newest version of each key, whatever the day."""

    kind = "reference"
    takes = "the newest version of each key"


@dataclass(frozen=True, kw_only=True)
class Computed(Built):
    """A table made from others, which its transform's parameters name."""

    @cached_property
    def parameters(self) -> dict[str, Read]:
        """The inputs of the transform, by the name of the parameter that takes them."""
        return extents.reads_of(self.build)

    @cached_property
    def reads(self) -> dict[TableName, Extent]:
        """The inputs, with the extent of their days."""
        return extents.extents_of(self.parameters.values())


@dataclass(frozen=True, kw_only=True)
class ByDay(Computed):
    """Computed for the days whose inputs changed."""

    kind = "by day"
    takes = "computed for the days whose inputs changed"
    day_column = "day"


@dataclass(frozen=True, kw_only=True)
class WholeTable(Computed):
    """Computed as a whole when an input changed.

    An `update` makes, of the table as it is and of what changed in its inputs, the same rows as
    the build.
    """

    kind = "whole"
    takes = "computed as a whole when an input changed"
    update: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class Counted(Table):
    """What the lake counts of its other tables, for the days that changed."""

    kind = "counted"
    takes = "counted by the lake of its other tables, for the days that changed"
    day_column = "day"
