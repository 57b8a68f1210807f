"""The partitions of the tables, and how those of an input map to those of its reader."""

import datetime as dt

import dagster as dg

from mega_toys.lake.days import shifted
from mega_toys.lake.judging import WINDOW
from mega_toys.lake.table import Days, Extent, Kind, Table

AHEAD = 3  # partitions reach to two days after UTC today, since the east is ahead


def partitions_for(table: Table, first_day: dt.date) -> dg.DailyPartitionsDefinition | None:
    """One partition a day; none for a table without days."""
    if table.day_column is None:
        return None
    return dg.DailyPartitionsDefinition(first_day.isoformat(), end_offset=AHEAD)


def mapping_for(table: Table, source: Table, extent: Extent) -> dg.PartitionMapping | None:
    """Which partitions of its input a partition reads; none where one of the two has no days."""
    if table.day_column is None or source.day_column is None:
        return None
    if table.kind is Kind.EVENTS and source.kind is Kind.BRONZE:
        return _window(*WINDOW)
    if isinstance(extent, Days) and table.kind is Kind.BY_DAY:
        return _window(extent.first, extent.last)
    return dg.AllPartitionMapping()


def _window(first: int, last: int) -> dg.PartitionMapping:
    return dg.TimeWindowPartitionMapping(
        start_offset=first, end_offset=last, allow_nonexistent_upstream_partitions=True
    )


def newest_day() -> dt.date:
    """The last partition there is now."""
    return shifted(dt.datetime.now(dt.UTC).date(), AHEAD - 1)
