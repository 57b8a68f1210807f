"""Tables computed from others: for their stale days, or as a whole."""

import datetime as dt
from collections.abc import Callable

import polars as pl

from mega_toys.declared.days import around, chunks, spans
from mega_toys.declared.extents import Changed, Days, LandedWith, Read, Until, reads_of
from mega_toys.declared.table import ByDay, WholeTable
from mega_toys.lake.judging.rows import built, differ, differing_days, rows_of
from mega_toys.lake.news.changes import changed_rows
from mega_toys.lake.news.stale import days_read, versions
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.progress import by_days
from mega_toys.lake.run.work import Work, in_spans
from mega_toys.lake.store.step import step

Progress = Callable[[str], None]


def build_by_day(
    table: ByDay, work: Work, stale: set[dt.date], days: set[dt.date] | None, say: Progress
) -> Outcome:
    """Build the stale days, or those of them that are wanted, and write what changed."""
    outcome = Outcome(str(table.name))
    reads = versions(table, work)
    wanted = stale if days is None else stale & days
    sizes = _rows(table, work)
    for part in by_days(chunks(wanted, sizes, work.rows_at_once), sizes, say):
        rows = built(table, _built_days(table, work, set(part)))
        before = work.scan_days(table.name, "day", set(part))
        changed = differing_days(before, rows, "day", list(table.schema), part)
        outcome.unchanged |= set(part) - changed
        if changed:
            kept = rows.lazy().filter(pl.col("day").is_in(list(changed)))
            note = work.note(table, days=tuple(changed))
            work.store.replace_days(work.stored(table), kept, changed, note)
            step("days.written")
            outcome.days |= changed
            outcome.rows += rows_of(changed, rows)
    outcome.changed = bool(outcome.days)
    outcome.reads = reads if wanted == stale else None
    return outcome


def build_whole(table: WholeTable, work: Work) -> Outcome:
    """Build the whole table, from what changed of its inputs where it has an update."""
    outcome = Outcome(str(table.name))
    outcome.reads = versions(table, work)
    made = _updated(table, work)
    if made is None:
        scans = {name: work.store.scan(read.table) for name, read in table.parameters.items()}
        made = table.build(**scans)
    rows = built(table, made.collect(engine="streaming"))
    if differ(work.store.scan(table.name), rows.lazy(), list(table.schema)):
        work.store.replace_all(work.stored(table), rows.lazy(), work.note(table, whole=True))
        outcome.changed, outcome.rows = True, rows.height
    return outcome


def _updated(table: WholeTable, work: Work) -> pl.LazyFrame | None:
    """What the table's update makes of it; none where it must be built from its whole inputs.

    That is so while the rows there are not known to be the whole truth of what was taken in: after
    a run that died before its checks, or that failed them.
    """
    state = work.store.state(table.name)
    if table.update is None or state is None or state.changed or state.ahead or state.failed:
        return None
    inputs: dict[str, pl.LazyFrame] = {}
    for name, read in reads_of(table.update).items():
        if isinstance(read.extent, Changed):
            stored = work.stored(work.catalog[read.table])
            changed = changed_rows(stored, state.reads.get(str(read.table)), work)
            if changed is None:
                return None
            inputs[name] = changed.lazy()
        else:
            inputs[name] = work.store.scan(read.table)
    return table.update(**inputs)


def _built_days(table: ByDay, work: Work, days: set[dt.date]) -> pl.DataFrame:
    inputs = {
        name: scan_read(read, days, work)
        for name, read in table.parameters.items()
        if not isinstance(read.extent, LandedWith)
    }
    for name, read in table.parameters.items():
        if isinstance(read.extent, LandedWith):
            landed = inputs[read.extent.parameter].select("_landed_on").unique().collect()
            inputs[name] = work.scan_days(read.table, "_landed_on", set(landed.to_series()))
    rows = table.build(**inputs).filter(in_spans("day", spans(days)))
    return rows.collect(engine="streaming")


def scan_read(read: Read, days: set[dt.date], work: Work) -> pl.LazyFrame:
    """What some days read of an input."""
    if isinstance(read.extent, Days) and "day" in read.rows.column_names():
        return work.scan_days(read.table, "day", around(days, read.extent.first, read.extent.last))
    rows = work.store.scan(read.table)
    return rows.filter(pl.col("day") <= max(days)) if isinstance(read.extent, Until) else rows


def _rows(table: ByDay, work: Work) -> dict[dt.date, int]:
    """How many rows the inputs have for each day."""
    found: dict[dt.date, int] = {}
    for name, extent in table.reads.items():
        if isinstance(extent, (Days, Until)):
            for day, rows in days_read(name, work).items():
                found[day] = found.get(day, 0) + rows
    return found
