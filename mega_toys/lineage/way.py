"""The way of some columns through the tables: back to the sources, or on to all they end up in."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Protocol

from mega_toys.lineage.origins import Effect, Origins, Source


class Neighbours(Protocol):
    """Columns by what they come from, and what comes of them."""

    def before(self, column: Source) -> Origins:
        """What a column comes from, one step back."""

    def after(self, column: Source) -> list[Source]:
        """The columns that come of one, or whose rows it chooses, one step on."""


@dataclass(frozen=True)
class Step:
    """A column made from another: by its values, or (`by`) by choosing its rows."""

    source: Source
    made: Source
    by: tuple[Effect, ...] = ()


SOURCE: Callable[[Step], Source] = attrgetter("source")  # the far end of a step, on the way back
MADE: Callable[[Step], Source] = attrgetter("made")  # and on the way on


def back(lineage: Neighbours, columns: Iterable[Source], within: int | None = None) -> list[Step]:
    """All that the values of columns come from, and at each step what chooses the rows.

    Only so many steps away, where `within` says so.
    """
    return list(walked(columns, partial(before, lineage), SOURCE, within))


def on(lineage: Neighbours, columns: Iterable[Source], within: int | None = None) -> list[Step]:
    """All columns whose values come of these, and at each step those whose rows they choose.

    Only so many steps away, where `within` says so.
    """
    return list(walked(columns, partial(after, lineage), MADE, within))


def before(lineage: Neighbours, made: Source) -> list[Step]:
    """The steps that make a column: values first, then what chooses its rows."""
    origins = lineage.before(made)
    rows = sorted(origins.rows.items())
    values = [Step(source, made) for source in sorted(origins.values)]
    return [*values, *(Step(source, made, tuple(sorted(by))) for source, by in rows)]


def after(lineage: Neighbours, source: Source) -> list[Step]:
    """The steps that a column is a source of."""
    found = []
    for made in lineage.after(source):
        origins = lineage.before(made)
        is_value = source in origins.values
        by = () if is_value else tuple(sorted(origins.rows[source]))
        found.append(Step(source, made, by))
    return found


def walked(
    columns: Iterable[Source],
    steps: Callable[[Source], Iterable[Step]],
    far_end: Callable[[Step], Source],
    within: int | None,
) -> Iterator[Step]:
    """Step by step, each column once; the way goes on where values do.

    `steps` are those at a column, of which `far_end` is where the way goes on.
    """
    left, seen = deque((one, 0) for one in columns), set[Source]()
    while left:
        at, far = left.popleft()
        if at in seen or far == within:
            continue
        seen.add(at)
        for step in steps(at):
            yield step
            if not step.by:
                left.append((far_end(step), far + 1))


def columns_in(steps: Sequence[Step], asked: Iterable[Source]) -> list[Source]:
    """The columns on the way, those asked for first."""
    ends = (one for step in steps for one in (step.source, step.made))
    return list(dict.fromkeys((*asked, *ends)))
