"""Which days of a table are stale: told from the commits of its inputs alone."""

import datetime as dt
from collections.abc import Collection, Mapping

import polars as pl

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.days import Span, around, listed, shifted, spans, within
from mega_toys.declared.extents import Days, Extent, LandedWith, Touches, Until
from mega_toys.declared.name import TableName
from mega_toys.declared.table import ByDay, Counted, FromBronze, Table
from mega_toys.lake.news.changes import changed_rows, changes
from mega_toys.lake.quarantined import quality
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.note import Note
from mega_toys.lake.store.tables import Stored

LISTED = 7  # a span of up to so many days names its days; a longer one only picks among others'


def inputs_of(table: Table, catalog: Catalog) -> list[str]:
    """The names of all tables whose commits may be news to a table."""
    if isinstance(table, Counted):
        return quality.inputs(catalog)
    return [str(name) for name in table.reads]


def versions(table: Table, work: Work) -> dict[str, int]:
    """The versions of the inputs as they are now."""
    return {str(name): work.store.version(name) for name in table.reads}


def moved(table: Table, work: Work) -> dict[TableName, int | None]:
    """The inputs whose rows changed since the table took them in, with the version it knows.

    What a table was received from is among them while days are asked to be judged again.
    """
    state = work.store.state(table.name)
    known = dict(state.reads) if state else {}
    found: dict[TableName, int | None] = {}
    for name in table.reads:
        version = known.get(str(name))
        if version != work.store.version(name) and work.store.since(name, version).changed:
            found[name] = version
    if state and state.again and isinstance(table, FromBronze):
        found[table.bronze] = known.get(str(table.bronze))
    return found


def stale_days(
    table: ByDay | Counted, news: Mapping[TableName, int | None], work: Work
) -> set[dt.date]:
    """The days of a table computed by day that must be built anew, since these inputs moved."""
    if isinstance(table, Counted):
        return quality.stale(work)
    if not news:
        return set()
    own = set(work.store.rows_by_day(work.stored(table)))
    touched = [_touched(table.reads[name], name, version, work) for name, version in news.items()]
    everything = any(spans is None for spans in touched)
    if everything:
        touched = [_touched(extent, name, None, work) for name, extent in table.reads.items()]
    wanted = [span for spans in touched for span in spans or []]
    may_be = own | _reach(table, work) | set(listed(s for s in wanted if _days_in(s) <= LISTED))
    return may_be if everything else within(may_be, wanted)


def _days_in(span: Span) -> int:
    return (span[1] - span[0]).days + 1


def _reach(table: ByDay, work: Work) -> set[dt.date]:
    """Every day that some input has rows for."""
    found: set[dt.date] = set()
    for name, extent in table.reads.items():
        days = days_read(name, work)
        first, last = (-extent.last, -extent.first) if isinstance(extent, Days) else (-1, 1)
        if isinstance(extent, (Days, Touches)):
            found |= around(days, first, last)
        elif isinstance(extent, Until):
            found |= set(days)
    return found


def _touched(extent: Extent, name: TableName, version: int | None, work: Work) -> list[Span] | None:
    """The spans of days that an input's change touches; none where it touches every day."""
    stored = work.stored(work.catalog[name])
    history = work.store.since(name, version)
    if isinstance(extent, LandedWith):
        return []
    if work.store.other_columns(stored):
        return None
    if isinstance(extent, Touches):
        return _named(extent, stored, version, work)
    if "day" not in stored.schema or not isinstance(extent, (Days, Until)):
        return None
    if isinstance(extent, Until) and extent.by:
        return _carried(extent, stored, version, work)
    if version is None or history.notes is None:
        return None
    days = _changed_days(stored, history.notes, version, work)
    if days is None:
        return None
    if isinstance(extent, Until):
        return [(min(days), dt.date.max)] if days else []
    return [(shifted(day, -extent.last), shifted(day, -extent.first)) for day in days]


def _changed_days(
    stored: Stored, notes: Collection[Note], version: int, work: Work
) -> set[dt.date] | None:
    """The days of the rows that changed, of a table in one piece by its rows; none: not known."""
    if stored.partition is None:
        changed = changed_rows(stored, version, work, ["day"])
        return None if changed is None else set(changed["day"])
    if any(note.whole for note in notes):
        return None
    return {day for note in notes for day in note.days}


def days_read(name: TableName, work: Work) -> dict[dt.date, int]:
    """The rows that a table which is read has of each day, whether or not it lies by it."""
    stored = work.stored(work.catalog[name])
    if stored.partition or stored.schema.get("day") != pl.Date():
        return work.store.rows_by_day(stored)
    days = work.store.scan(name).group_by("day").len().collect(engine="streaming")
    return {day: rows for day, rows in days.rows() if day is not None}


def _named(extent: Touches, stored: Stored, version: int | None, work: Work) -> list[Span] | None:
    """What the declared function says of the rows, old and new, that each commit changed.

    Each is asked about alone: what one takes away and the next puts back is no change together.
    """
    if version is None:
        return extent.spans(work.store.scan(stored.name).collect())
    changed = changes(stored, version, work)
    if changed is None:
        return None
    found: list[Span] = []
    for rows in changed:
        named = extent.spans(rows) if rows.height else []
        if named is None:
            return None
        found += named
    return found


def _carried(extent: Until, stored: Stored, version: int | None, work: Work) -> list[Span] | None:
    """The days, from the change of a key on, that have rows of the key; none if not known."""
    day, columns = pl.col("day"), [*extent.by, "day"]
    changed = changed_rows(stored, version, work, columns)
    if changed is None:
        return None
    since = changed.group_by(extent.by).agg(day.min().alias("changed_on"))
    rows = work.store.scan(stored.name).select(columns).filter(day >= since["changed_on"].min())
    later = rows.join(since.lazy(), on=extent.by).filter(day >= pl.col("changed_on"))
    days = later.select(day.unique()).collect().to_series()
    return spans({*days, *changed["day"]})
