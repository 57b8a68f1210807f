"""What a column is made from: the columns its values come from, and those that only choose rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

Effect = Literal["filter", "join", "group", "sort", "window", "explode", "rule"]


class Source(NamedTuple):
    """A column of an input: of a parameter's frame in a plan, of a table in the graph."""

    frame: str
    column: str


class Use(NamedTuple):
    """How a column bears on rows: it filters, joins, groups, sorts or windows them."""

    effect: Effect
    source: Source


Uses = frozenset[Use]
NO_USES: Uses = frozenset()


@dataclass(frozen=True)
class Origins:
    """The sources of a column's values, and how others bear on the rows that they come from."""

    values: frozenset[Source] = frozenset()
    uses: Uses = field(default=NO_USES)

    def __or__(self, other: "Origins") -> "Origins":
        return Origins(self.values | other.values, self.uses | other.uses)

    def using(self, effect: Effect, others: "Origins") -> "Origins":
        """The same values, chosen by others."""
        return Origins(self.values, self.uses | used(effect, others))

    @property
    def all(self) -> frozenset[Source]:
        """Every source, of values or of rows."""
        return self.values | {source for _, source in self.uses}

    @cached_property
    def rows(self) -> dict[Source, frozenset[Effect]]:
        """The sources from which no value comes: a change there changes which rows there are."""
        found: dict[Source, frozenset[Effect]] = {}
        for effect, source in self.uses:
            if source not in self.values:
                found[source] = found.get(source, frozenset()) | {effect}
        return found


NOTHING = Origins()


def used(effect: Effect, by: Origins) -> Uses:
    """All that an expression is made from, as what has this effect."""
    return by.uses | {Use(effect, source) for source in by.values}


def together(some: Iterable[Origins]) -> Origins:
    """What comes from all of them."""
    found = list(some)
    return Origins(
        frozenset().union(*(one.values for one in found)),
        frozenset().union(*(one.uses for one in found)),
    )
