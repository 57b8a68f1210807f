"""How the newest day, or version, differs from those of four weeks before, as the logs tell it."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from mega_toys.declared.days import shifted
from mega_toys.declared.privacy import FOR_ALL, privacy_of
from mega_toys.declared.table import Table
from mega_toys.lake.run.work import Work
from mega_toys.operations.status import Status

VERSIONS = 14  # that are compared with, of a table that does not lie by days
BEFORE, FEWEST = 28, 7  # days that are compared with; fewer of them say nothing
DAYS, HEIGHT, STEP = 60, 20, 10  # that are drawn; units of the picture


class Ends(NamedTuple):
    """The least and the most of something on a day; of a count or a share they are one."""

    least: float
    most: float


ByDay = Mapping[dt.date, Ends]


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _share(share: float) -> str:
    return f"{100 * share:.2g} %" if 0 < share < 0.1 else f"{100 * share:.0f} %"


def _number(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"


@dataclass(frozen=True)
class _Kind:
    """What is measured, how it is said, and how far beyond all days before is more than chance."""

    what: str
    say: Callable[[float], str]
    margin: Callable[[Ends], float]


_ROWS = _Kind("rows", _count, lambda before: 0.1 * before.most)
_EMPTY = _Kind("empty", _share, lambda before: 0.01)
_REJECTED = _Kind("rejected records", _share, lambda before: 0.01)
_VALUES = _Kind("values", _number, lambda before: 0.5 * (before.most - before.least))


@dataclass(frozen=True)
class Measure:
    """One thing that is measured day by day: the newest day beside those before it."""

    what: str
    column: str  # whose it is, if one's
    now: str
    before: str
    drifts: bool
    path: str  # of a small picture, each day a stroke


@dataclass(frozen=True)
class Drift:
    """What is measured of a table's days, or versions, that which drifts first."""

    day: dt.date
    measures: list[Measure]
    of_versions: bool = False

    @property
    def width(self) -> int:
        """Units of the pictures."""
        return DAYS * STEP


def drift(table: Table, work: Work, status: Status | None, rejected: ByDay) -> Drift | None:
    """The measures of a table; none where it has no days, or too few before the newest.

    The newest day is the newest closed one, or where none is, the newest that is over. What is
    read are the counts, nulls and ends that the log has of the first 32 columns, and no row.
    """
    told = _by_day(table, work)
    days = {*told.get_column("day").drop_nulls()} | {*rejected} if told.width else {*rejected}
    over = [one for one in days if one < work.now().date()]
    day = (status.newest_closed if status else None) or max(over, default=None)
    if day is None:
        return None
    known = [one for one in days if shifted(day, -BEFORE) <= one < day]
    if len(known) < FEWEST:
        return None
    measures = list(_measures(table, told, day))
    if rejected:
        measures.append(_measure(_REJECTED, rejected, day))
    return Drift(day, sorted(measures, key=lambda one: not one.drifts)) if measures else None


def drift_of_versions(table: Table, work: Work) -> Drift | None:
    """The measures of a table that does not lie by days: its newest version beside former ones.

    Those are the last of each of up to fourteen days of the four weeks before; of fewer days than a
    week nothing is told.
    """
    name = str(table.name)
    if f"partition.{work.stored(table).partition}" in work.store.files(name).columns:
        return None
    versions = list(work.store.newest_of_days(name, VERSIONS + 1))
    known = [one for one in versions if shifted(versions[0][0], -BEFORE) <= one[0]]
    if len(known) <= FEWEST:
        return None
    told = [_of_version(table, work, day, version) for day, version in known]
    rows = pl.concat(told, how="diagonal_relaxed")
    measures = _measures(table, rows, known[0][0], by_day=False)
    return Drift(known[0][0], sorted(measures, key=lambda one: not one.drifts), of_versions=True)


def _of_version(table: Table, work: Work, day: dt.date, version: int) -> pl.DataFrame:
    files = work.store.files_at(table.name, version)
    if files is None:
        return pl.DataFrame()
    if files.is_empty():
        return pl.DataFrame({"day": [day], "rows": [0]})
    return _measured(table, files, pl.lit(day))


def _by_day(table: Table, work: Work) -> pl.DataFrame:
    """A row a day of a table that lies by days."""
    files, by = work.store.files(table.name), f"partition.{work.stored(table).partition}"
    return _measured(table, files, pl.col(by)) if by in files.columns else pl.DataFrame()


def _measured(table: Table, files: pl.DataFrame, day: pl.Expr) -> pl.DataFrame:
    """A row a day: `rows`, of each column `nulls c`, of numbers that all may see both ends."""
    nulls = [c for c in table.schema if f"null_count.{c}" in files.columns and c[0] != "_"]
    ends = [c for c in _seen_by_all(table) if {f"min.{c}", f"max.{c}"} <= {*files.columns}]
    return files.group_by(day=day).agg(
        pl.col("num_records").sum().alias("rows"),
        *(pl.col(f"null_count.{c}").sum().alias(f"nulls {c}") for c in nulls),
        *(pl.col(f"min.{c}").min().cast(pl.Float64).alias(f"least {c}") for c in ends),
        *(pl.col(f"max.{c}").max().cast(pl.Float64).alias(f"most {c}") for c in ends),
    )


def _seen_by_all(table: Table) -> list[str]:
    """The numbers of which all may see values."""
    if table.contract.privacy not in FOR_ALL:
        return []
    numbers = (name for name, dtype in table.schema.items() if dtype.is_numeric())
    privacy = privacy_of(table)
    return [name for name in numbers if privacy[name] in FOR_ALL and name[0] != "_"]


def _measures(
    table: Table, told: pl.DataFrame, day: dt.date, *, by_day: bool = True
) -> Iterator[Measure]:
    """What is measured; a day that is not told has no rows, but of a table that stays as it was."""
    if not told.width:
        return
    last = shifted(day, 1 - DAYS)
    told = told.filter(pl.col("day").is_between(min(last, shifted(day, -BEFORE)), day)).sort("day")
    days, rows = told.get_column("day").to_list(), told.get_column("rows")
    before = (shifted(day, -back) for back in range(BEFORE + 1)) if by_day else ()
    every = dict.fromkeys(before, Ends(0, 0))
    yield _measure(_ROWS, every | _single(days, rows), day)
    for name in table.schema:
        if f"nulls {name}" in told.columns and told.get_column(f"nulls {name}").sum():
            yield _measure(
                _EMPTY, _single(days, told.get_column(f"nulls {name}") / rows), day, name
            )
        if f"least {name}" in told.columns:
            ends = told.select("day", f"least {name}", f"most {name}").drop_nulls().rows()
            if of_day := {one: Ends(least, most) for one, least, most in ends}:
                yield _measure(_VALUES, of_day, day, name)


def _single(days: list[dt.date], values: pl.Series) -> dict[dt.date, Ends]:
    told = zip(days, values, strict=True)
    return {one: Ends(value, value) for one, value in told if value is not None}


def _measure(kind: _Kind, by_day: ByDay, day: dt.date, column: str = "") -> Measure:
    now = by_day.get(day)
    past = [ends for one, ends in by_day.items() if shifted(day, -BEFORE) <= one < day]
    before = Ends(min(e.least for e in past), max(e.most for e in past)) if past else None
    return Measure(
        what=kind.what,
        column=column,
        now=_said(now, kind),
        before=_said(before, kind),
        drifts=bool(now and before and _is_beyond(now, before, kind.margin(before))),
        path=_path(by_day, day),
    )


def _is_beyond(now: Ends, before: Ends, margin: float) -> bool:
    return now.most > before.most + margin or now.least < before.least - margin


def _said(ends: Ends | None, kind: _Kind) -> str:
    if ends is None:
        return "none"
    return " to ".join(dict.fromkeys((kind.say(ends.least), kind.say(ends.most))))


def _path(by_day: ByDay, day: dt.date) -> str:
    """Each day as a stroke: from nothing, or from its least, to its most."""
    shown = {one: ends for one, ends in by_day.items() if shifted(day, -DAYS) < one <= day}
    low = min([*(ends.least for ends in shown.values()), 0])
    high = max([*(ends.most for ends in shown.values()), low + 1e-9])
    return "".join(_stroke(one, ends, day, low, high) for one, ends in sorted(shown.items()))


def _stroke(one: dt.date, ends: Ends, day: dt.date, low: float, high: float) -> str:
    x = STEP * (DAYS - 1 - (day - one).days) + STEP // 2
    foot = ends.least if ends.least < ends.most else min(0, ends.most)
    top, bottom = (HEIGHT * (1 - (at - low) / (high - low)) for at in (ends.most, foot))
    return f"M{x} {bottom:.1f}V{min(top, bottom - 0.5):.1f}" if ends.most or ends.least else ""
