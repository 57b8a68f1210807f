"""The accounts: received = accepted + duplicates + quarantined, for every table and day."""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from mega_toys.lake.store.file_rows import FileRows
from mega_toys.lake.store.tables import Stored

ACCOUNTS = Stored(
    "lake.row_accounts",
    pl.Schema(
        {
            "table": pl.String(),
            "day": pl.Date(),
            "received": pl.Int64(),
            "accepted": pl.Int64(),
            "duplicates": pl.Int64(),
            "quarantined": pl.Int64(),
        }
    ),
    "table",
)
RECEIVED = Stored(
    "lake.received",
    pl.Schema(
        {
            "table": pl.String(),
            "landed_on": pl.Date(),
            "day": pl.Date(),
            "file_group": pl.String(),
            "received": pl.Int64(),
        }
    ),
    "table",
)
ACCEPTED = Stored(
    "lake.accepted",
    pl.Schema(
        {
            "table": pl.String(),
            "day": pl.Date(),
            "file_group": pl.String(),
            "accepted": pl.Int64(),
        }
    ),
    "table",
)
DELETIONS = Stored(
    "lake.deletions",
    pl.Schema({"table": pl.String(), "day": pl.Date(), "_file": pl.String(), "_row": pl.Int64()}),
    "table",
)
Counts = Mapping[dt.date, int]


def ended(table: object, store: FileRows) -> pl.LazyFrame:
    """The deletion marks that ended a row of a table."""
    return store.of_partition(DELETIONS, str(table)).lazy()


def account(table: str, received: Counts, accepted: Counts, quarantined: Counts) -> pl.DataFrame:
    """The accounts of all days of a table; what is in neither place is a duplicate."""
    days = sorted({*received, *accepted, *quarantined})
    rows = [
        (table, day, received.get(day, 0), accepted.get(day, 0), quarantined.get(day, 0))
        for day in days
    ]
    names = ["table", "day", "received", "accepted", "quarantined"]
    types = {name: ACCOUNTS.schema[name] for name in names}
    counted = pl.DataFrame(rows, schema=types, orient="row")
    duplicates = pl.col("received") - pl.col("accepted") - pl.col("quarantined")
    return counted.with_columns(duplicates=duplicates).select(list(ACCOUNTS.schema))


def wrong(accounts: pl.LazyFrame) -> pl.LazyFrame:
    """Days whose account does not add up: more kept than received."""
    kept = pl.col("accepted") + pl.col("quarantined")
    return accounts.filter(
        (kept > pl.col("received")) | (pl.col("duplicates") != pl.col("received") - kept)
    )
