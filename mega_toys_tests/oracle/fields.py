"""How a dataset is declared: fields, cross-field rules, keys and kinds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Values = Mapping[str, Any]
Kind = Literal["Events", "Current", "History", "Reference"]


@dataclass(frozen=True)
class Field:
    """One declared field. `low` and `high` are inclusive, `above` is strict."""

    name: str
    type: str
    required: bool = True
    low: float | None = None
    high: float | None = None
    above: float | None = None
    choices: tuple[str, ...] = ()
    known_in: str | None = None
    fields: tuple["Field", ...] = ()
    is_valid: Callable[[Any], bool] = lambda value: True


@dataclass(frozen=True)
class Rule:
    """A claim about several fields; judged only where those it `needs` are valid."""

    name: str
    needs: tuple[str, ...]
    holds: Callable[[Values], bool]


@dataclass(frozen=True)
class Dataset:
    """One dataset and the silver table made from it. A sequence is always `updated_at`."""

    domain: str
    name: str
    kind: Kind
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    business_time: tuple[str, ...] = ()
    """The fields that give the business day; the first that is not null counts."""
    rules: tuple[Rule, ...] = ()
    silver: str = ""

    @property
    def folder(self) -> str:
        """Where its files lie below the landing root."""
        return f"{self.domain}/{self.name}"

    @property
    def table(self) -> str:
        """Its silver table's full name."""
        return f"{self.domain}.silver.{self.silver or self.name}"

    @property
    def has_sequence(self) -> bool:
        """Events are immutable; all others come in versions."""
        return self.kind != "Events"

    @property
    def is_zoned(self) -> bool:
        """Whether the record's factory, and not the sender, decides its business day."""
        return self.domain in ("manufacturing", "safety")


def text(name: str) -> Field:
    """Any text."""
    return Field(name, "text")


def texts(names: str) -> tuple[Field, ...]:
    """Several texts, for short."""
    return tuple(text(name) for name in names.split())


def times(names: str) -> tuple[Field, ...]:
    """Several instants, for short."""
    return tuple(Field(name, "time") for name in names.split())


def choice(name: str, choices: str) -> Field:
    """An enumeration."""
    return Field(name, "choice", choices=tuple(choices.split()))


def price(name: str) -> Field:
    """Money that is never negative."""
    return Field(name, "money", low=0)


def maybe(field: Field) -> Field:
    """The same field, where it may be null or absent."""
    return replace(field, required=False)
