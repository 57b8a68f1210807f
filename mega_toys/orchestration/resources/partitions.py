"""The partitions of the tables, and how those of an input map to those of its reader."""

import datetime as dt

import dagster as dg

from mega_toys.declared.days import shifted
from mega_toys.declared.extents import Days, Extent
from mega_toys.declared.table import Bronze, ByDay, Counted, Events, Table
from mega_toys.declared.window import WINDOW
from mega_toys.ingestion.landing import first_landing_day
from mega_toys.lake.own.files import FILES
from mega_toys.lake.store.store import Store
from mega_toys.settings import Settings

EARLIEST = dt.date(2000, 1, 1)  # what is older is kept, and not shown
BEFORE_ANY_DELIVERY_D = 365  # days shown of a landing zone that is empty


def first_day(settings: Settings) -> dt.date:
    """The first day that is shown: as set, else the earliest that the landing zone reaches.

    Of one that is empty or away, as when its disk is not mounted, the lake still knows.
    """
    if settings.first_day:
        return settings.first_day
    landed = first_landing_day(settings.landing_root, EARLIEST) or _first_taken_in(settings)
    back = WINDOW.after or 0 if landed else BEFORE_ANY_DELIVERY_D
    return max(EARLIEST, shifted(landed or dt.datetime.now(dt.UTC).date(), -back))


def _first_taken_in(settings: Settings) -> dt.date | None:
    """The earliest landing day of the files that the lake has taken in."""
    store = Store(settings.lake_root)
    if not store.is_whole(FILES.name):
        return None
    days = store.scan(FILES.name).select("landing_day").collect()["landing_day"].drop_nulls()
    return min((day for day in days if day >= EARLIEST), default=None)


def partitions_for(table: Table, first_day: dt.date) -> dg.DailyPartitionsDefinition | None:
    """One partition a day until today; none for a table without days.

    What the east is ahead with is kept under its day, and counts when that has come.
    """
    if table.day_column is None:
        return None
    return dg.DailyPartitionsDefinition(first_day.isoformat(), end_offset=1)


def mapping_for(table: Table, source: Table, extent: Extent) -> dg.PartitionMapping | None:
    """Which partitions of its input a partition reads; none where one of the two has no days."""
    if table.day_column is None or source.day_column is None:
        return None
    if isinstance(table, Events) and isinstance(source, Bronze):
        window = table.window
        if window.after is None or window.first_load:
            return dg.AllPartitionMapping()
        return _window(-window.before, window.after)
    if isinstance(extent, Days) and isinstance(table, (ByDay, Counted)):
        return _window(extent.first, extent.last)
    return dg.AllPartitionMapping()


def _window(first: int, last: int) -> dg.PartitionMapping:
    return dg.TimeWindowPartitionMapping(
        start_offset=first, end_offset=last, allow_nonexistent_upstream_partitions=True
    )


def newest_day() -> dt.date:
    """The last partition there is now: today, UTC."""
    return dt.datetime.now(dt.UTC).date()
