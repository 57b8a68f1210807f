"""`lake.files`: every version of every file that was seen in the landing zone."""

import polars as pl

from mega_toys.lake.store import Stored
from mega_toys.lake.table import Table

NO_DATASET = "none"
LOADED, EMPTY, UNREADABLE, IGNORED = "loaded", "empty", "unreadable", "ignored"
FILES = Stored(
    "lake.files",
    pl.Schema(
        {
            "path": pl.String(),
            "dataset": pl.String(),
            "size": pl.Int64(),
            "content_hash": pl.String(),
            "landing_day": pl.Date(),
            "status": pl.String(),
            "rows": pl.Int64(),
            "error": pl.String(),
            "ingested_at": pl.Datetime("us", "UTC"),
            "modified_ns": pl.Int64(),
            "changed_ns": pl.Int64(),
            "inode": pl.Int64(),
        }
    ),
    "dataset",
)
SEEN_AS = ("size", "modified_ns", "changed_ns", "inode")


def dataset_of(table: Table) -> str:
    """The dataset that a bronze table holds: `<domain>.<dataset>`."""
    return f"{table.name.domain}.{table.name.table}"


def newest(files: pl.LazyFrame) -> pl.LazyFrame:
    """The newest version of each file."""
    return files.sort("ingested_at").unique("path", keep="last", maintain_order=True)
