"""What the relational kinds have in common: how a table is pulled, whatever its server."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

import polars as pl

from mega_toys.address import Address
from mega_toys.declared.errors import SourceError
from mega_toys.declared.source import Export, System
from mega_toys.declared.source import Mark as ByMark
from mega_toys.sources.absent import absent
from mega_toys.sources.batches import by_mark, whole
from mega_toys.sources.in_turn import END, in_turn
from mega_toys.sources.landed import Landed, Mark, NewFile
from mega_toys.sources.waiting import Waiting, waiting_in

FIRST, LAST = "'0001-01-01'", "'9999-12-31'"  # days that a mark can have


class Range(NamedTuple):
    """Rows of a range of marks, in their order, and whether none come after them."""

    rows: Iterator[pl.DataFrame]
    is_last: bool


@dataclass(frozen=True)
class Relation(ABC):
    """A table in a transaction: the types of its columns by name, and when that began."""

    source: System
    types: Mapping[str, str]
    clock: dt.datetime

    numbers: ClassVar[frozenset[str]]  # types that a mark can be of
    instants: ClassVar[frozenset[str]]

    @abstractmethod
    def rows(self) -> Iterator[pl.DataFrame]:
        """All rows as they land, some at a time."""

    @abstractmethod
    def by_mark(self, mark: ByMark, since: Mark | None) -> Iterator[pl.DataFrame]:
        """The rows with marks from one on, and those without, in the order of their marks.

        Their column `batches.MARK` has the mark: null where it is infinite or of no calendar.
        """

    def readers(self, mark: ByMark, since: Mark | None) -> list[Generator[Range, None, None]]:
        """Who can read at once what `by_mark` gives: in turn they give ranges, lowest marks first.

        One, of all rows, where a kind's connections share no snapshot.
        """
        return [(Range(rows, is_last=True) for rows in (self.by_mark(mark, since),))]

    @abstractmethod
    def counted(self, mark: ByMark) -> Waiting:
        """How many rows there are, and the lowest mark."""

    def is_number(self, mark: ByMark) -> bool:
        """Whether marks are numbers, and no instants. Raises SourceError where they are neither."""
        kind, column = self.types.get(mark.column), mark.column
        if kind is None:
            raise SourceError(f"there is no column `{column}`, which is to mark what is new")
        is_number = kind in self.numbers
        if not (is_number or kind in self.instants):
            raise SourceError(
                f"column `{column}` is of type {kind}, and what marks what is new is an instant, a "
                "day or a whole number"
            )
        if is_number != isinstance(mark.overlap, int):
            shown = "overlap=1000" if is_number else "overlap=dt.timedelta(minutes=10)"
            raise SourceError(
                f"column `{column}` is of type {kind}: declare an overlap in its unit, as "
                f'Mark("{column}", {shown})'
            )
        return is_number

    def zone_of(self, name: str) -> str:
        """The time zone of a column of local times."""
        if self.source.zone is None:
            raise SourceError(
                f"column `{name}` has local times ({self.types[name]} without a time zone): "
                'declare their zone, as System(…, zone="Europe/Berlin")'
            )
        return self.source.zone


@dataclass(frozen=True)
class Relational:
    """A relational kind of system, by how a table of it is opened to be read in one snapshot."""

    opened: Callable[[System, Address], AbstractContextManager[Relation]]

    def pull(self, source: System, address: Address, landed: Landed) -> Iterator[NewFile]:
        """The landing files of what is new, in one snapshot, oldest marks first."""
        with self.opened(source, address) as table:
            _absent(table, landed)
            yield from _pulled(table, landed)

    def pending(self, source: System, address: Address, landed: Landed) -> Waiting:
        """What a pull would bring; nothing lands. Where none has been, as the server counts."""
        with self.opened(source, address) as table:
            missing = _absent(table, landed)
            if isinstance(source.new, ByMark) and landed.until is None:
                waiting = table.counted(source.new)
            else:
                waiting = waiting_in(_pulled(table, landed), landed.until)
            return replace(waiting, absent=missing)


def _absent(table: Relation, landed: Landed) -> tuple[str, ...]:
    """The optional fields that no column tells. SourceError where the mark or a required one is."""
    if isinstance(table.source.new, ByMark):
        table.is_number(table.source.new)
    return absent(landed.table, table.source, table.types)


def _pulled(table: Relation, landed: Landed) -> Iterator[NewFile]:
    new = table.source.new
    if isinstance(new, Export):
        yield from whole(table.rows(), landed)
    elif isinstance(new, ByMark):
        clock = None if table.is_number(new) else table.clock
        since = landed.since(table.clock, new.overlap)
        readers = table.readers(new, since)
        every = [_turns(reader, landed, since, clock) for reader in readers]
        yield from in_turn(every) if len(every) > 1 else (one for one in every[0] if one is not END)


def _turns(
    ranges: Generator[Range, None, None], landed: Landed, since: Mark | None, clock: Mark | None
) -> Generator[Any, None, None]:
    """The files of ranges, with an `END` after each: all land in the order of their marks."""
    with closing(ranges):
        for one in ranges:
            yield from by_mark(
                one.rows, landed, since, clock, clock if one.is_last else landed.until
            )
            yield END
