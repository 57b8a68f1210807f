"""The way of some columns through the tables: back to the sources, or on to all they end up in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mega_toys.lineage.graph import Lineage
from mega_toys.lineage.origins import Effect, Source


@dataclass(frozen=True)
class Step:
    """A column made from another: by its values, or (`by`) by choosing its rows."""

    source: Source
    made: Source
    by: tuple[Effect, ...] = ()


def back(lineage: Lineage, columns: Iterable[Source]) -> list[Step]:
    """All that the values of columns come from, and at each step what chooses the rows."""
    found, left, seen = [], list(columns), set()
    while left:
        made = left.pop(0)
        if made in seen:
            continue
        seen.add(made)
        origins = lineage.before(made)
        found += [Step(source, made) for source in sorted(origins.values)]
        left += sorted(origins.values)
        found += [Step(one, made, tuple(sorted(by))) for one, by in sorted(origins.rows.items())]
    return found


def on(lineage: Lineage, columns: Iterable[Source]) -> list[Step]:
    """All columns whose values come of these, and at each step those whose rows they choose."""
    found, left, seen = [], list(columns), set()
    while left:
        source = left.pop(0)
        if source in seen:
            continue
        seen.add(source)
        for made in lineage.after(source):
            origins = lineage.before(made)
            if source in origins.values:
                found.append(Step(source, made))
                left.append(made)
            else:
                found.append(Step(source, made, tuple(sorted(origins.rows[source]))))
    return found


def columns_in(steps: Sequence[Step], asked: Iterable[Source]) -> list[Source]:
    """The columns on the way, those asked for first."""
    ends = (one for step in steps for one in (step.source, step.made))
    return list(dict.fromkeys((*asked, *ends)))
