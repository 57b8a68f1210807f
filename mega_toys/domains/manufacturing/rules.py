"""Rules that several tables of manufacturing hold to."""

import polars as pl


def ended_after_started() -> pl.Expr:
    """What has ended took some time."""
    return pl.col("ended_at") > pl.col("started_at")
