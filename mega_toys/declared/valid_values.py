"""Which values a column of silver and gold may have, beyond its type."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from mega_toys.declared import sent
from mega_toys.declared.field import Sent
from mega_toys.declared.schemas import dy
from mega_toys.declared.table import FromBronze, Table


@dataclass(frozen=True, kw_only=True)
class Values:
    """What is valid: one of the choices, within the limits, of at most so many characters."""

    choices: tuple[str | int, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    more_than: float | None = None
    less_than: float | None = None
    longest: int | None = None
    matches: str | None = None

    def wrong(self, column: pl.Expr) -> pl.Expr:
        """Whether a value is another one; a null is none."""
        return pl.any_horizontal(False, *self._wrong(column))

    def _wrong(self, column: pl.Expr) -> Iterator[pl.Expr]:
        if self.choices:
            yield ~column.is_in(list(self.choices))
        if self.at_least is not None:
            yield column < self.at_least
        if self.at_most is not None:
            yield column > self.at_most
        if self.more_than is not None:
            yield column <= self.more_than
        if self.less_than is not None:
            yield column >= self.less_than
        if self.longest is not None:
            yield column.str.len_chars() > self.longest
        if self.matches is not None:
            yield ~column.str.contains(self.matches)


ANY = Values()


def values_of(table: Table) -> dict[str, Values]:
    """The valid values of each column that may not have any.

    A column says it itself, else the received field of its name, where it is kept as that is.
    """
    received = sent.fields_of(table.received_from) if isinstance(table, FromBronze) else {}
    found = {}
    for name, column in table.columns.items():
        valid = _declared(column)
        if valid == ANY and name in received and _is_kept(column, received[name].type):
            valid = _sent(received[name])
        if valid != ANY:
            found[name] = valid
    return found


_KEPT: dict[str, tuple[type[pl.DataType], ...]] = {
    "text": (pl.String,), "int": (pl.Int64,), "number": (pl.Float64,), "money": (pl.Decimal,),
}  # fmt: skip


def _is_kept(column: dy.Column, type_: str) -> bool:
    return isinstance(column.dtype, _KEPT.get(type_, ()))


def _sent(field: Sent) -> Values:
    """What the rules let pass of a field."""
    return Values(
        choices=field.choices,
        at_least=field.at_least,
        at_most=field.at_most,
        more_than=field.more_than,
        longest=field.longest,
        matches=f"^[A-Z]{{{field.letters}}}$" if field.letters else None,
    )


def _declared(column: dy.Column) -> Values:
    told: Any = column
    choices = (column.metadata or {}).get("choices") or getattr(told, "is_in", None) or ()
    if isinstance(column, dy.String):
        matches = None if choices else told.regex
        return Values(choices=tuple(choices), longest=told.max_length, matches=matches)
    if not column.dtype.is_numeric():
        return ANY
    return Values(
        choices=tuple(choices),
        at_least=told.min,
        at_most=told.max,
        more_than=told.min_exclusive,
        less_than=told.max_exclusive,
    )
