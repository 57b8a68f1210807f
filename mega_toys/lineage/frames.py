"""A frame within a plan, by what its columns are made from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from mega_toys.lineage.origins import NO_USES, Effect, Origins, Uses, together, used


class UnreadError(Exception):
    """A part of a plan that cannot be read; who knows of which table it is raises LineageError."""


@dataclass(frozen=True)
class Frame:
    """The columns with their origins, and what chose its rows, which bears on all of them.

    No two rows have the same values in the columns `unique`, where they are named.
    """

    schema: pl.Schema
    columns: Mapping[str, Origins]
    rows: Uses = NO_USES
    unique: frozenset[str] | None = None

    def chosen(self, effect: Effect, by: Iterable[Origins]) -> "Frame":
        """The frame, its rows chosen, combined or put in order by others."""
        return replace(self, rows=self.rows | used(effect, together(by)))

    def unique_by(self, names: Iterable[str] | None) -> "Frame":
        """The frame, of which at most one row has the same values in these columns."""
        return replace(self, unique=None if names is None else frozenset(names))

    @property
    def told(self) -> dict[str, Origins]:
        """The origins of each column, with what chose the rows."""
        return {
            name: Origins(found.values, found.uses | self.rows)
            for name, found in self.columns.items()
        }


def made(schema: pl.Schema, columns: Mapping[str, Origins], rows: Uses) -> Frame:
    """A frame whose columns are those that Polars says; refuses any other."""
    if set(schema.names()) != set(columns):
        raise UnreadError(f"columns {schema.names()}, which were read as {list(columns)}")
    return Frame(schema, {name: columns[name] for name in schema.names()}, rows)
