"""Which deliveries, each all files of one landing day, are complete."""

import datetime as dt

import polars as pl

from mega_toys.declared.field import UNREADABLE_RECORD
from mega_toys.declared.table import Bronze
from mega_toys.lake.own.files import FILES, UNREADABLE, dataset_of, newest
from mega_toys.lake.run.work import Work


def torn_days(received: Bronze, work: Work) -> set[dt.date]:
    """The landing days of which a file or a record cannot be read: it may be of any key."""
    return days_of_unreadable_files(received, work) | _days_of_unreadable_records(received, work)


def complete_days(received: Bronze, work: Work) -> list[dt.date]:
    """The landing days with records, of which everything can be read, in their order."""
    landed = work.store.rows_by_day(work.stored(received))
    return sorted({day for day, rows in landed.items() if rows} - torn_days(received, work))


def days_of_unreadable_files(received: Bronze, work: Work) -> set[dt.date]:
    """The landing days with a file of the dataset that cannot be read as a whole."""
    files = newest(work.store.of_partition(FILES, dataset_of(received)).lazy())
    unreadable = files.filter(pl.col("status") == UNREADABLE).select("landing_day").collect()
    return set(unreadable["landing_day"].drop_nulls())


def _days_of_unreadable_records(received: Bronze, work: Work) -> set[dt.date]:
    """By the log, where it tells the smallest text that was rescued; else by the texts."""
    files = work.store.files(received.name)
    if files.is_empty():
        return set()
    told = {"nulls": "null_count._rescued", "smallest": "min._rescued"}
    missing = {name: pl.lit(None) for name in told.values() if name not in files.columns}
    known = files.with_columns(**missing).select("num_records", day="partition._landed_on", **told)
    some = known.filter((pl.col("nulls") < pl.col("num_records")).fill_null(True))
    begins = pl.col("smallest").cast(pl.String).str.starts_with(UNREADABLE_RECORD)
    found = set(some.filter(begins)["day"])
    if unknown := set(some.filter(begins.is_null())["day"]):
        rows = work.scan_days(received.name, "_landed_on", unknown)
        torn = rows.filter(pl.col("_rescued").str.starts_with(UNREADABLE_RECORD))
        found |= set(torn.select("_landed_on").unique().collect(engine="streaming").to_series())
    return found
