"""The quarantine: every record that breaks a rule, with the names of all rules it breaks."""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from mega_toys.declared.field import UNREADABLE_RECORD, Sent
from mega_toys.declared.table import FromBronze
from mega_toys.lake.fields.json_objects import objects
from mega_toys.lake.store.tables import Stored

SCHEMA = pl.Schema(
    {
        "day": pl.Date(),
        "rules": pl.List(pl.String()),
        "record": pl.String(),
        "_file": pl.String(),
        "_row": pl.Int64(),
        "_landed_on": pl.Date(),
        "quarantined_at": pl.Datetime("us", "UTC"),
    }
)
PLACE = ("_file", "_row")  # of a record; in bronze as in a quarantine
CONTENT = ("day", "rules", "record", "_file", "_row", "_landed_on")


def stored(table: FromBronze) -> Stored:
    """How the quarantine of a table lies in the lake."""
    return Stored(str(table.quarantine), SCHEMA, "day")


def rejected(rows: pl.DataFrame, fields: Mapping[str, Sent], at: dt.datetime) -> pl.DataFrame:
    """Received rows with `rules`, in the form in which the quarantine keeps them."""
    return rows.select(
        pl.col("_account_day").alias("day"),
        "rules",
        as_received(rows, fields),
        "_file",
        "_row",
        "_landed_on",
        pl.lit(at, dtype=SCHEMA["quarantined_at"]).alias("quarantined_at"),
    )


def as_received(rows: pl.DataFrame, fields: Mapping[str, Sent]) -> pl.Series:
    """Each `record` of bronze as JSON text."""
    fitted = objects(rows, fields)
    return rows.select(_as_received(pl.lit(fitted)).alias("record")).to_series()


def _as_received(fitted: pl.Expr) -> pl.Expr:
    """A record as JSON text: an object, or the text of what could not be read.

    What fits and what was rescued share no name, so their texts are joined.
    """
    rescued = pl.col("_rescued")
    joined = fitted.str.head(-1) + "," + rescued.str.slice(1)
    return (
        pl.when(rescued.is_null())
        .then(fitted)
        .when((fitted == "{}") | rescued.str.starts_with(UNREADABLE_RECORD))
        .then(rescued)
        .otherwise(joined)
    )
