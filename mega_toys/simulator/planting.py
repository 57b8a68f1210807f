"""Planting faults in the records of one file, and saying which rule rejects each."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from mega_toys.simulator import formats
from mega_toys.simulator.sources import Source
from mega_toys.simulator.spoilt_lines import Spoil, spoilt_line, torn
from mega_toys.simulator.truth import Fault
from mega_toys.simulator.world import Bools, Generator, Ints

COPIES = (Fault.DUPLICATE, Fault.CHANGED_DUPLICATE)
LATER_DAYS = {  # a copy is sent at once in one of two cases
    Fault.LATE: (1, 3),
    Fault.TOO_LATE: (6, 8),
    Fault.OUT_OF_ORDER: (1, 4),
    Fault.DUPLICATE: (-1, 3),
    Fault.CHANGED_DUPLICATE: (-1, 3),
}
VALUES = (Fault.NULL_FIELD, Fault.OUT_OF_RANGE, Fault.FUTURE)
TORN_MORE_OFTEN = 5
AHEAD = pl.duration(days=12)


@dataclass(frozen=True)
class Later:
    """Rows that are sent so many days later, each with what is wrong with it."""

    days: int
    faults: list[Fault]
    rows: pl.DataFrame


@dataclass
class Spoilt:
    """The rows of a file with faults in them, and those that come some days later."""

    rows: pl.DataFrame
    form: str
    lines: dict[int, Spoil] = field(default_factory=dict)
    later: list[Later] = field(default_factory=list)
    faults: list[tuple[Fault, str]] = field(default_factory=list)

    def spoil(self, lines: formats.Lines) -> None:
        """Spoil the lines that were chosen."""
        for at, change in self.lines.items():
            lines[at] = change(lines[at])


def plant(rows: pl.DataFrame, source: Source, form: str, rng: Generator, share: float) -> Spoilt:
    """Choose records and what goes wrong with each; of a register, copies of its records."""
    chosen = np.flatnonzero(rng.random(rows.height) < share)
    if source.kind == "register" and len(chosen):
        whole, copies = rows.height, rows[chosen]
        rows, chosen = pl.concat([rows, copies]), np.arange(whole, whole + len(chosen))
    which = source.faults(form)
    kinds = rng.integers(0, len(which), len(chosen))
    found = {fault: chosen[kinds == at] for at, fault in enumerate(which) if np.any(kinds == at)}
    moving = [] if source.kind == "register" else [fault for fault in found if fault in LATER_DAYS]
    away = np.zeros(rows.height, dtype=np.bool_)
    away[[at for fault in moving if fault not in COPIES for at in found[fault]]] = True
    moved = list(_moved(rows, source, {fault: found[fault] for fault in moving}, rng))
    spoilt = Spoilt(rows, form, later=[later for later in moved if later.days])
    _set_values(spoilt, source, found, rng)
    if away.any():
        spoilt.rows = spoilt.rows[np.flatnonzero(~away)]
    spoilt.rows.drop_in_place("_at")
    _spoil_lines(spoilt, source, found, np.cumsum(~away) - 1, rng)
    if rng.random() < share * TORN_MORE_OFTEN and rows.height - 1 not in chosen:
        _tear_last(spoilt, source)
    for at_once in [later for later in moved if not later.days]:
        add_first(spoilt, at_once.rows, [(fault, "") for fault in at_once.faults])
    return spoilt


def add_first(spoilt: Spoilt, rows: pl.DataFrame, faults: list[tuple[Fault, str]]) -> None:
    """Put rows at the front of a file, so that a torn line stays the last one."""
    spoilt.lines = {at + rows.height: change for at, change in spoilt.lines.items()}
    spoilt.rows = pl.concat([rows, spoilt.rows])
    spoilt.faults += faults


def _moved(
    rows: pl.DataFrame, source: Source, found: dict[Fault, Ints], rng: Generator
) -> Iterator[Later]:
    """What comes late, and what comes again, as it was or with other content."""
    if not found:
        return
    at = np.concatenate(list(found.values()))
    days = np.concatenate(
        [rng.integers(*LATER_DAYS[fault], len(rows)) for fault, rows in found.items()]
    ).clip(0)
    faults = [fault for fault, rows in found.items() for _ in rows]
    moved = rows[at]
    moved.drop_in_place("_at")
    if source.changed is not None and Fault.CHANGED_DUPLICATE in found:
        is_changed = np.array([fault is Fault.CHANGED_DUPLICATE for fault in faults])
        moved = moved.with_columns(_where(is_changed, source.changed, _name(source.changed)))
    for later in np.unique(days).tolist():
        here = np.flatnonzero(days == later)
        yield Later(later, [faults[at] for at in here], moved[here])


def _set_values(spoilt: Spoilt, source: Source, found: dict[Fault, Ints], rng: Generator) -> None:
    """Put values that any format can carry: nulls, values out of range, times ahead."""
    changes: defaultdict[str, list[tuple[pl.Expr, Ints]]] = defaultdict(list)
    if source.kind == "register":
        for fault in [fault for fault in COPIES if fault in found]:
            spoilt.faults += [(fault, "")] * len(found[fault])
        if source.changed is not None and Fault.CHANGED_DUPLICATE in found:
            changed = (source.changed, found[Fault.CHANGED_DUPLICATE])
            changes[_name(source.changed)].append(changed)
    for fault in [fault for fault in VALUES if fault in found]:
        for name, value, at in _bad(fault, source, spoilt.rows, found[fault], rng):
            changes[name].append((value, at))
            claim = "present" if fault is Fault.NULL_FIELD else "valid"
            rule = source.rule(fault) or f"{name}_is_{claim}"
            spoilt.faults += [(fault, rule)] * len(at)
    if changes:
        height = spoilt.rows.height
        spoilt.rows = spoilt.rows.with_columns(
            _changed(name, made, height) for name, made in changes.items()
        )


def _bad(
    fault: Fault, source: Source, rows: pl.DataFrame, at: Ints, rng: Generator
) -> Iterator[tuple[str, pl.Expr, Ints]]:
    """A field, its bad value, and the rows that get it."""
    if fault is Fault.FUTURE:
        yield source.time, _ahead(rows, source.time), at
        return
    names = source.required if fault is Fault.NULL_FIELD else tuple(source.outside)
    of = rng.integers(0, len(names), len(at))
    for number in np.unique(of).tolist():
        value = None if fault is Fault.NULL_FIELD else source.outside[names[number]]
        yield names[number], pl.lit(value), at[of == number]


def _ahead(rows: pl.DataFrame, name: str) -> pl.Expr:
    """By a clock that is twelve days ahead; of a local text, one in another century."""
    is_text = rows.schema[name] == pl.String
    return "21" + pl.col(name).str.slice(2) if is_text else pl.col("_at") + AHEAD


def _changed(name: str, changes: list[tuple[pl.Expr, Ints]], height: int) -> pl.Expr:
    column = pl.col(name)
    for value, at in changes:
        here = np.zeros(height, dtype=np.bool_)
        here[at] = True
        column = _where(here, value, column)
    return column.alias(name)


def _where(here: Bools, value: pl.Expr, otherwise: pl.Expr | str) -> pl.Expr:
    changed = pl.when(pl.lit(pl.Series(here))).then(value).otherwise(otherwise)
    return changed.alias(otherwise) if isinstance(otherwise, str) else changed


def _name(change: pl.Expr) -> str:
    return change.meta.output_name()


def _spoil_lines(
    spoilt: Spoilt, source: Source, found: dict[Fault, Ints], place: Ints, rng: Generator
) -> None:
    names = spoilt.rows.columns
    for fault in [fault for fault in found if fault not in (*LATER_DAYS, *VALUES)]:
        for row in place[found[fault]].tolist():
            spoilt.lines[row], rule = spoilt_line(source, fault, names, spoilt.form, rng)
            spoilt.faults.append((fault, rule))


def _tear_last(spoilt: Spoilt, source: Source) -> None:
    if formats.is_plain(spoilt.form) and spoilt.rows.height:
        form = spoilt.form
        spoilt.lines[spoilt.rows.height - 1] = lambda line: torn(line, form)
        spoilt.faults.append((Fault.TORN_LINE, source.rule(Fault.TORN_LINE)))
