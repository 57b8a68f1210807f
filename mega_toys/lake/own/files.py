"""`lake.files`: every version of every file that was seen in the landing zone; groups of files."""

import polars as pl

from mega_toys.declared.sent_as import CORRECTION_NAME
from mega_toys.declared.table import Table
from mega_toys.lake.store.tables import Stored

NO_DATASET = "none"
LOADED, EMPTY, UNREADABLE, IGNORED = "loaded", "empty", "unreadable", "ignored"
NOT_READ = "not read"  # in the place of a content hash: the file is tried again
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
            "read_by": pl.String(),
        }
    ),
    "dataset",
)
CORRECTION = "correction"
_ENDING = r"\.((?:kafka\.)?[^./]+(?:\.(?:gz|zst))?)$"
SEEN_AS = ("size", "modified_ns", "changed_ns", "inode")


def dataset_of(table: Table) -> str:
    """The dataset that a bronze table holds: `<domain>.<dataset>`."""
    return f"{table.name.domain}.{table.name.table}"


def newest(files: pl.LazyFrame) -> pl.LazyFrame:
    """The newest version of each file."""
    return files.sort("ingested_at").unique("path", keep="last", maintain_order=True)


def last_read(files: pl.LazyFrame) -> pl.LazyFrame:
    """The newest version of each file that could be read: what it gave is what bronze holds."""
    return newest(files.filter(pl.col("content_hash").ne_missing(pl.lit(NOT_READ))))


def file_group(path: pl.Expr) -> pl.Expr:
    """The group of a data file: its ending, as `csv.gz`; all corrections are one group."""
    ending = path.str.to_lowercase().str.extract(_ENDING)
    return pl.when(path.str.contains(CORRECTION_NAME)).then(pl.lit(CORRECTION)).otherwise(ending)
