"""Sets of calendar days: spans, shifts that never leave the calendar, chunks."""

import datetime as dt
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import accumulate, pairwise

from mega_toys.declared.errors import LakeError

Span = tuple[dt.date, dt.date]
EVER: Span = (dt.date.min, dt.date.max)
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}")


def day_of(text: str) -> dt.date:
    """A day that somebody wrote as YYYY-MM-DD; LakeError where it is none."""
    try:
        if _WRITTEN.fullmatch(text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise LakeError(f"`{text}` is no day: YYYY-MM-DD is wanted.")


def shifted(day: dt.date, by: int) -> dt.date:
    """The day so many days later; the calendar's first or last day where it would leave it."""
    ordinal = min(max(day.toordinal() + by, 1), dt.date.max.toordinal())
    return dt.date.fromordinal(ordinal)


def spans(days: Iterable[dt.date]) -> list[Span]:
    """The contiguous spans of some days, in order."""
    found: list[Span] = []
    for day in sorted(set(days)):
        if found and found[-1][1] == shifted(day, -1) != day:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def few_spans(days: Iterable[dt.date], most: int = 50) -> list[Span]:
    """So many spans at most that hold all of the days; the smallest gaps are closed."""
    found = spans(days)
    gaps = [after[0] - before[1] for before, after in pairwise(found)]
    widest = sorted(range(len(gaps)), key=gaps.__getitem__, reverse=True)[: most - 1]
    ends = [*sorted(widest), len(gaps)] if found else []
    firsts = [0, *(at + 1 for at in ends)]
    return [(found[a][0], found[b][1]) for a, b in zip(firsts, ends, strict=False)]


def listed(found: Iterable[Span]) -> list[dt.date]:
    """The days of the spans, in order."""
    ordinals = {n for first, last in found for n in range(first.toordinal(), last.toordinal() + 1)}
    return [dt.date.fromordinal(n) for n in sorted(ordinals)]


def around(days: Iterable[dt.date], first: int, last: int) -> set[dt.date]:
    """Every day from `first` to `last` days beside one of the days."""
    return {shifted(day, by) for day in days for by in range(first, last + 1)}


def within(days: Iterable[dt.date], found: Collection[Span]) -> set[dt.date]:
    """Those of the days that lie in one of the spans."""
    ordered = sorted(found)
    firsts = [first for first, _ in ordered]
    until = [*accumulate((last for _, last in ordered), max)]  # of those that began by then
    return {day for day in days if (at := bisect_right(firsts, day)) and day <= until[at - 1]}


def chunks(
    days: Iterable[dt.date], rows: Mapping[dt.date, int], most_rows: int
) -> Iterator[list[dt.date]]:
    """The days in order, cut so that each part has at most so many rows, or one day."""
    part: list[dt.date] = []
    held = 0
    for day in sorted(days):
        if part and held + rows.get(day, 0) > most_rows:
            yield part
            part, held = [], 0
        part.append(day)
        held += rows.get(day, 0)
    if part:
        yield part


def said(days: Collection[dt.date]) -> str:
    """The days for a person: their spans, shortened where there are many."""
    parts = [f"{a}" if a == b else f"{a}…{b}" for a, b in spans(days)]
    return ", ".join(parts) if len(parts) <= 3 else f"{', '.join(parts[:2])}, … {parts[-1]}"
