"""The keeping of `lake.files`: which version of a file was seen, and what became of it."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl

from mega_toys.declared.table import Bronze
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.ingestion.listing import Listing
from mega_toys.lake.code.hashing import code_version, readers_version
from mega_toys.lake.news.reconciled import Discrepancy
from mega_toys.lake.own.files import (
    FILES,
    LOADED,
    NOT_READ,
    SEEN_AS,
    UNREADABLE,
    dataset_of,
    last_read,
    newest,
)
from mega_toys.lake.run.work import Work


def version_of(file: LandingFile, dataset: str, at: dt.datetime, **told: Any) -> dict[str, Any]:
    """A row of `lake.files`: the file as it was listed, and what is told of it."""
    return {
        "path": file.path,
        "dataset": dataset,
        "size": file.size,
        "landing_day": file.landing_day,
        "ingested_at": at,
        "modified_ns": file.modified_ns,
        "changed_ns": file.changed_ns,
        "inode": file.inode,
        **told,
    }


def read_by(table: Bronze, work: Work, *, memory: bool = False) -> str:
    """The version of what reads a dataset's files; `memory` with how much that may take."""
    version = readers_version(table, work.catalog)
    return f"{version} with {work.memory_mb} MB" if memory else version


def note_torn(
    table: Bronze, readable: Mapping[str, tuple[dt.date | None, bool]], work: Work
) -> set[dt.date]:
    """Tell what reads a dataset of complete deliveries which of its days may end keys, or not.

    `readable` says of files, by path, their landing day and whether they can be read. Returns the
    days of those of which that was otherwise. Such a file may have changed no row.
    """
    if not table.dataset.complete:
        return set()
    seen = newest(_of_dataset(dataset_of(table), work).lazy())
    torn = set(seen.filter(pl.col("status") == UNREADABLE).collect()["path"])
    days = {day for path, (day, is_read) in readable.items() if day and is_read == (path in torn)}
    if days:
        work.store.mark(table.name, work.note(table, days=tuple(sorted(days))))
    return days


def note_files(versions: Sequence[dict[str, Any]], work: Work) -> None:
    """Add versions."""
    rows = pl.DataFrame(versions, schema=FILES.schema)
    work.store.append(FILES, rows.lazy(), work.note(whole=True))


def note_seen_again(dataset: str, files: Sequence[LandingFile], work: Work) -> None:
    """Remember the new inode of files whose content is the same, so that it is not read again.

    That their store refused them for a while is forgotten.
    """
    now = {file.path: file.seen_as for file in files}
    rows = [
        row
        for row in _of_dataset(dataset, work).sort("ingested_at").iter_rows(named=True)
        if row["path"] not in now or row["content_hash"] != NOT_READ
    ]
    last = {row["path"]: at for at, row in enumerate(rows) if row["path"] in now}
    for path, at in last.items():
        rows[at] |= dict(zip(SEEN_AS, now[path], strict=True))
    _replace(dataset, pl.DataFrame(rows, schema=FILES.schema), work)


def note_from_bronze(dataset: str, ahead: Sequence[Discrepancy], work: Work) -> None:
    """Count the rows that bronze holds of files which are not there any more to be read."""
    told = {"dataset": dataset, "status": LOADED}
    note_files(
        [
            {
                "path": one.path,
                "landing_day": one.landing_day,
                "rows": one.there,
                "ingested_at": one.stamped_at,
                **told,
            }
            for one in ahead
        ],
        work,
    )


def forget_paths(dataset: str, paths: Collection[str], work: Work) -> None:
    """Count some files no longer."""
    rows = _of_dataset(dataset, work)
    _replace(dataset, rows.filter(~pl.col("path").is_in(list(paths))), work)


def knows_files(table: Bronze, work: Work) -> bool:
    """Whether any file of the dataset is noted."""
    return not _of_dataset(dataset_of(table), work).is_empty()


def rows_of_files_gone(table: Bronze, work: Work, listing: Listing) -> int:
    """How many rows `lake.files` counts of files that are no longer in the landing zone."""
    there = [file.path for file in listing.whole().of(dataset_of(table))]
    read = last_read(_of_dataset(dataset_of(table), work).lazy()).collect()
    return int(read.filter(~pl.col("path").is_in(there))["rows"].sum())


def forget_files(table: Bronze, work: Work) -> None:
    """Let the next load read every file of the dataset again."""
    if knows_files(table, work):
        _replace(dataset_of(table), pl.DataFrame(schema=FILES.schema), work)
        code = code_version(table, work.catalog)  # which will read them all
        work.store.mark(table.name, work.note(table, changed=False, code=code))


def _of_dataset(dataset: str, work: Work) -> pl.DataFrame:
    return work.store.of_partition(FILES, dataset)


def _replace(dataset: str, rows: pl.DataFrame, work: Work) -> None:
    work.store.replace_partitions(FILES, rows, [dataset], work.note(whole=True))
