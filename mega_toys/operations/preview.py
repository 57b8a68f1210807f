"""What a refresh is expected to cost, table by table, by what earlier builds took; how far off."""

import datetime as dt
import json
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Self

from mega_toys.declared.days import around
from mega_toys.declared.extents import Days
from mega_toys.declared.name import TableName
from mega_toys.declared.table import Bronze, ByDay, Counted, FromBronze, Table
from mega_toys.declared.words import counted
from mega_toys.ingestion.loading.arrivals import is_data
from mega_toys.lake.own.files import dataset_of
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.place import Place
from mega_toys.operations.plan import Expected, Todo
from mega_toys.operations.quiet import PREVIEW

_COMMITS, _BUILDS = 20, 5  # of a table that are looked at, and that an expectation rests on


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a build of a table would take; what no earlier build tells is none.

    `bytes` are those of the files of a bronze table, else those of the rows that would be written.
    """

    table: str
    days: int
    files: int
    rows: int | None
    bytes: int | None
    seconds: float | None
    peak_mb: float | None


@dataclass(frozen=True, kw_only=True)
class _Amount:
    """What a table would take in; `size` is what its builds are measured by, see `size_of`."""

    days: set[dt.date]
    size: float
    files: int = 0
    bytes: int = 0

    @classmethod
    def of_files(cls, one: Expected, *, anew: bool) -> Self:
        """What a bronze table would read: what came, or all that there is."""
        new, table = one.todo.arrivals, one.todo.table
        files = new.files if new else []
        if anew and isinstance(table, Bronze):
            given = one.todo.listing.whole().of(dataset_of(table))
            files = [file for file in given if is_data(file, table.dataset.sent_as)]
        days = {file.landing_day for file in files if file.landing_day}
        size = sum(file.size for file in files)
        return cls(days=days, size=size, files=len(files), bytes=size)


def size_of(table: Table, days: Collection[dt.date], work: Work) -> float:
    """By what the builds of a table that is not bronze are measured.

    Of one made from bronze the rows that bronze has of the landing days, of one by day the days;
    else each is as large as the others.
    """
    if isinstance(table, FromBronze):
        rows = work.store.rows_by_day(work.stored(work.catalog.bronze_of(table)))
        return sum(rows.get(day, 0) for day in days)
    return len(days) if isinstance(table, (ByDay, Counted)) else 1


def size_of_todo(todo: Todo) -> float:
    """Of what size the build is that is to do; of a bronze table the bytes of its files."""
    if todo.arrivals is not None:
        return sum(file.size for file in todo.arrivals.files)
    return size_of(todo.table, todo.days, todo.work)


def took(outcome: Outcome, size: float) -> dict[str, float]:
    """What a note says of a build that wrote rows, for those who ask what the next will take."""
    seconds, peak = round(outcome.seconds, 3), round(outcome.peak_mb)
    return {"size": size, "rows": outcome.rows, "seconds": seconds, "peak_mb": peak}


def costs_of(expected: Iterable[Expected], anew: Collection[str] = ()) -> list[Cost]:
    """What a refresh would take, in its order; tables that are blocked take nothing."""
    amounts: dict[str, _Amount] = {}
    found: dict[str, Cost] = {}
    for one in expected:
        name = str(one.todo.table.name)
        if not one.blocking:
            amounts[name] = _amount(one, amounts, found, anew=name in anew)
            found[name] = _cost(one.todo.table, amounts[name], one.todo.work)
    return list(found.values())


def _amount(
    one: Expected, before: Mapping[str, _Amount], costs: Mapping[str, Cost], *, anew: bool
) -> _Amount:
    """What a table would take in, once its inputs are built.

    Which days follow from these is guessed: those that read the days that the inputs take in.
    """
    todo, table, work = one.todo, one.todo.table, one.todo.work
    anew = anew or todo.has_other_columns
    if isinstance(table, Bronze):
        return _Amount.of_files(one, anew=anew)
    days = todo.days_if_known() if todo.has_news else set()
    if anew:
        source = work.catalog.bronze_of(table) if isinstance(table, FromBronze) else table
        days = set(work.store.rows_by_day(work.stored(source)))
    days = days.union(*(_that_read(table, name, before[name].days) for name in one.after))
    coming = sum(costs[name].rows or 0 for name in one.after if isinstance(table, FromBronze))
    return _Amount(days=days, size=size_of(table, days, work) + coming)


def _that_read(table: Table, name: str, days: set[dt.date]) -> set[dt.date]:
    """The days of a table that read some days of an input."""
    extent = table.reads.get(TableName.parse(name))
    return around(days, -extent.last, -extent.first) if isinstance(extent, Days) else days


def _cost(table: Table, amount: _Amount, work: Work) -> Cost:
    """What a build took before is what it takes again, by its size."""
    name = str(table.name)
    notes = islice(work.store.recent_notes(name), _COMMITS)
    before = [note.took for note in notes if note.took][:_BUILDS]
    known = bool(before) and amount.size > 0
    rows = round(at_size(amount.size, before, "rows")) if known else None
    return Cost(
        table=name,
        days=len(amount.days),
        files=amount.files,
        rows=rows,
        bytes=amount.bytes if isinstance(table, Bronze) else _bytes_of(name, rows, work),
        seconds=at_size(amount.size, before, "seconds") if known else None,
        peak_mb=max(one["peak_mb"] for one in before) if known else None,
    )


def at_size(size: float, before: Sequence[Mapping[str, float]], what: str) -> float:
    """What is expected at a size, by the line that lies nearest to what was measured.

    In proportion to the size, where all builds were of one or the line would begin below nothing.
    """
    sizes, told = [one["size"] for one in before], [one[what] for one in before]
    middle, mean = fmean(sizes), fmean(told)
    spread = sum((at - middle) ** 2 for at in sizes)
    if spread:
        rise = sum((at - middle) * (y - mean) for at, y in zip(sizes, told, strict=True)) / spread
        rise = max(rise, 0.0)
        if mean >= rise * middle:
            return mean + rise * (size - middle)
    return mean * size / middle if middle else mean


def _bytes_of(name: str, rows: int | None, work: Work) -> int | None:
    """The bytes of so many rows, as those are that the table has."""
    files = work.store.files(name)
    there = int(files["num_records"].sum()) if files.height else 0
    return int(files["size_bytes"].sum()) * rows // there if there and rows is not None else None


def remember(found: Sequence[Cost], work: Work) -> None:
    """Note what is expected, so that the refresh can say how far off that was."""
    if not found or not work.store.exists(found[0].table):
        return
    told = {"at": f"{work.now():%Y-%m-%d %H:%M} UTC", "costs": [asdict(one) for one in found]}
    with tempfile.NamedTemporaryFile("w", dir=work.store.place.scratch, delete=False) as file:
        json.dump(told, file)
    work.store.place.put(PREVIEW, Path(file.name))


def how_far_off(outcomes: Sequence[Outcome], place: Place) -> str:
    """What was expected, once, beside what a refresh did; nothing where nobody asked."""
    content = place.read(PREVIEW)
    if content is None:
        return ""
    place.remove(PREVIEW)
    told = json.loads(content)
    expected = {one["table"]: Cost(**one) for one in told["costs"] if one["seconds"] is not None}
    both = [(expected[one.table], one) for one in outcomes if one.table in expected]
    others = counted(len(outcomes) - len(both), "table")
    parts = [*_parts(both), *([f"nothing was expected of {others}"] * (len(both) < len(outcomes)))]
    return f"Beside the preview of {told['at']}: {', '.join(parts)}." if parts else ""


def _parts(both: Sequence[tuple[Cost, Outcome]]) -> Iterator[str]:
    """Of these tables together what it took, what was expected, and by how much that is more."""
    if not both:
        return
    seconds = sum(cost.seconds or 0 for cost, _ in both), sum(one.seconds for _, one in both)
    rows = sum(cost.rows or 0 for cost, _ in both), sum(one.rows for _, one in both)
    peak = max(cost.peak_mb or 0 for cost, _ in both), max(one.peak_mb for _, one in both)
    for what, (wanted, was) in {"s": seconds, "rows": rows, "MB at most": peak}.items():
        off = f" ({was / wanted - 1:+.0%})" if wanted else ""
        digits = 1 if what == "s" else 0
        yield f"{was:,.{digits}f} {what} instead of {wanted:,.{digits}f}{off}"
