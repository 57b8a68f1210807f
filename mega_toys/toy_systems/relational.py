"""Tables of relational systems: values travel as text, which the server reads as its types."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from mega_toys.declared.field import Type
from mega_toys.toy_systems.told import NOTES, Target, typed

Rows = Sequence[tuple[str | None, ...]]
ONCE: Rows = [()]  # of a statement without values
_INSTANT = "%Y-%m-%d %H:%M:%S%.6f"


@dataclass(frozen=True)
class Tables(ABC):
    """A relational system that is open to be filled."""

    types: ClassVar[Mapping[Type, str]]
    quote: ClassVar[str]  # around a name

    @abstractmethod
    def run(self, *work: tuple[str, Rows]) -> None:
        """Run statements, each for every row of its values; all or nothing, but what is made."""

    @abstractmethod
    def ask(self, query: str, *values: str) -> str | None:
        """The one value that a query gives; none where it gives no row."""

    @abstractmethod
    def value(self, at: int, type_: Type) -> str:
        """The expression for the value at a place, from 1, as what a field of a type has."""

    @abstractmethod
    def replacing(self, key: str, names: Sequence[str]) -> str:
        """What an INSERT does with a key that is there; names are quoted."""

    def until(self, target: Target) -> dt.datetime | None:
        """Until when it was told the story; none where it was not."""
        schema, name = target.place
        if not self._is_there(schema, name):
            return None
        where = f"FROM {self._quoted(schema, NOTES)} WHERE object = {self.value(1, 'text')}"
        is_noted = self._is_there(schema, NOTES)
        target.refuse(self.ask(f"SELECT story {where}", target.object) if is_noted else None)
        until = self.ask(f"SELECT told_until {where}", target.object)
        return dt.datetime.fromisoformat(until) if until else None

    def put(self, target: Target, rows: pl.DataFrame, until: dt.datetime) -> None:
        """Write versions in their order, each over the last of its key; note until when."""
        told, types = typed(rows, target)
        if not self._is_there(*target.place):
            self._make(target, types)
        insert = self._insert(self._quoted(*target.place), types)
        replacing = self.replacing(self._quoted(target.key), list(map(self._quoted, types)))
        notes, (at, where) = self._quoted(target.place[0], NOTES), self._values(("text", "text"))
        self.run(
            (f"{insert} {replacing}", _texts(told).rows()),
            (f"UPDATE {notes} SET told_until = {at} WHERE object = {where}",  # noqa: S608  # names are declared
             [(str(until), target.object)]),
        )  # fmt: skip

    def _make(self, target: Target, types: Mapping[str, Type]) -> None:
        schema, name = target.place
        notes, table = self._quoted(schema, NOTES), self._quoted(schema, name)
        text, key = self.types["text"], self._quoted(target.key)
        noted = f"object {text} PRIMARY KEY, story {text} NOT NULL, told_until {text}"
        columns = ", ".join(
            f"{self._quoted(one)} {self.types[type_]}" for one, type_ in types.items()
        )
        self.run(
            (f"CREATE SCHEMA IF NOT EXISTS {self._quoted(schema)}", ONCE),
            (f"CREATE TABLE IF NOT EXISTS {notes} ({noted})", ONCE),
        )
        story = self._insert(notes, {"object": "text", "story": "text"})
        self.run(
            (f"DELETE FROM {notes} WHERE object = {self.value(1, 'text')}", [(target.object,)]),  # noqa: S608
            (story, [(target.object, target.story)]),
        )
        self.run((f"CREATE TABLE {table} ({columns}, PRIMARY KEY ({key}))", ONCE))
        if target.mark:
            index = self._quoted(f"{name}_{target.mark}")
            self.run((f"CREATE INDEX {index} ON {table} ({self._quoted(target.mark)})", ONCE))

    def _is_there(self, schema: str, name: str) -> bool:
        at, where = self._values(("text", "text"))
        tables = "SELECT '1' FROM information_schema.tables"
        query = f"{tables} WHERE table_schema = {at} AND table_name = {where}"
        return self.ask(query, schema, name) is not None

    def _insert(self, table: str, types: Mapping[str, Type]) -> str:
        names, values = ", ".join(map(self._quoted, types)), ", ".join(self._values(types.values()))
        return f"INSERT INTO {table} ({names}) VALUES ({values})"  # noqa: S608

    def _values(self, types: Iterable[Type]) -> list[str]:
        return [self.value(at, type_) for at, type_ in enumerate(types, 1)]

    def _quoted(self, *names: str) -> str:
        return ".".join(f"{self.quote}{name}{self.quote}" for name in names)


def _texts(rows: pl.DataFrame) -> pl.DataFrame:
    """Each value as text: instants in UTC, lists and objects as JSON."""
    return rows.select(_text(name, dtype).cast(pl.String) for name, dtype in rows.schema.items())


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        return column.dt.to_string(_INSTANT)
    text = column.struct.json_encode()
    if isinstance(dtype, pl.List):  # Polars encodes objects only, so a list is wrapped in one
        text = pl.struct(column.alias("_")).struct.json_encode().str.slice(5).str.head(-1)
    is_nested = isinstance(dtype, pl.List | pl.Struct)
    return pl.when(column.is_not_null()).then(text).alias(name) if is_nested else column
