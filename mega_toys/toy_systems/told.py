"""What is told of a dataset to the system that holds it."""

import datetime as dt
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from mega_toys.address import Address
from mega_toys.declared.errors import SourceError
from mega_toys.declared.field import Sent, Type
from mega_toys.declared.source import Mark, System
from mega_toys.declared.table import Bronze

NOTES = "toy_company_story"  # beside the objects: which story each was told, and until when


@dataclass(frozen=True)
class Target:
    """An object of a system, as `mes.downtimes`, and what the records of its dataset are like."""

    object: str
    key: str
    mark: str | None  # which every write raises
    fields: Mapping[str, Sent]
    story: str  # another one has other content under the same keys

    @property
    def place(self) -> tuple[str, str]:
        """Its schema, or database, and its name."""
        schema, _, name = self.object.rpartition(".")
        if not schema:
            raise SourceError(f"{self.object} names no schema: say it as <schema>.<table>")
        return schema, name

    def refuse(self, noted: str | None) -> None:
        """Raise SourceError of an object that others made, or that holds another story."""
        if noted is None:
            raise SourceError(
                f"{self.object} is there, and the toy company did not make it: it is left alone. "
                "Set an address of a server for the toys, such as `make sources` starts."
            )
        if noted != self.story:
            raise SourceError(
                f"{self.object} was filled with `{noted}`; other choices would give other content "
                f"to the same keys. Repeat these, or drop {self.object}."
            )


def target_of(table: Bronze, source: System, story: str) -> Target:
    """Where the records of a bronze table are told."""
    mark = source.new.column if isinstance(source.new, Mark) else None
    return Target(source.object, table.dataset.key[0], mark, table.fields, story)


def typed(rows: pl.DataFrame, target: Target) -> tuple[pl.DataFrame, dict[str, Type]]:
    """The columns of the fields, and the type of each.

    The mark is an instant. Another time that comes with its offset stays text: the types of
    instants keep no offset, and a business day follows it.
    """
    told = rows.select(*target.fields)
    if target.mark and told.schema[target.mark] == pl.String:
        told = told.with_columns(pl.col(target.mark).str.to_datetime(time_zone="UTC"))
    types = {name: field.type for name, field in target.fields.items()}
    texts: dict[str, Type] = {name: "text" for name in types if told.schema[name] == pl.String}
    return told, types | texts


class Store(Protocol):
    """A system that is open to be filled. Raises SourceError where it refuses."""

    def until(self, target: Target) -> dt.datetime | None:
        """Until when it was told the story; none where it was not."""

    def put(self, target: Target, rows: pl.DataFrame, until: dt.datetime) -> None:
        """Write versions in their order, each over the last of its key; note until when.

        An object that is not there is made. It is noted before: one without a note is another's.
        """


class Opened(Protocol):
    """How a kind of system is opened."""

    def __call__(self, system: str, address: Address) -> AbstractContextManager[Store]:
        """The system. Raises UnreachableError where it cannot be reached."""
