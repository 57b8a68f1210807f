"""Whether a record is the one about which somebody decided, or that a correction mends.

It is if its content is the same, or if its file is: then it was sent so, and only the declaration
that it is typed by is another.
"""

import polars as pl

from mega_toys.lake.own.files import FILES, last_read
from mega_toys.lake.quarantined.decisions import content_hash
from mega_toys.lake.run.work import Work


def file_hashes(work: Work) -> pl.LazyFrame:
    """`file_hash` of each `_file`: of the content that bronze holds."""
    files = last_read(work.store.scan(FILES.name))
    return files.select(_file="path", file_hash="content_hash")


def still_the_same(named: pl.DataFrame, work: Work) -> pl.DataFrame:
    """Those of the rows whose `record` is as it was when their hashes were taken.

    Rows have `_file`, `record`, `content_hash` and `file_hash`, which may be null.
    """
    now = pl.Series(map(content_hash, named["record"]), dtype=pl.String)
    held = named.with_columns(_same=now == named["content_hash"])
    files = (
        file_hashes(work)
        .rename({"file_hash": "_held"})
        .join(held.lazy().select("_file").unique(), on="_file", how="semi")
    )
    known = held.join(files.collect(), on="_file", how="left", maintain_order="left")
    there = (pl.col("file_hash") == pl.col("_held")).fill_null(False)
    return known.filter(pl.col("_same") | there).drop("_same", "_held")
