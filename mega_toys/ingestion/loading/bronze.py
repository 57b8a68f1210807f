"""The loading of bronze: each landing day holds exactly the records of its files."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any

import polars as pl

from mega_toys.declared.days import chunks
from mega_toys.declared.table import Bronze
from mega_toys.declared.unnamed import unreadable
from mega_toys.ingestion.decoding.apart import Result
from mega_toys.ingestion.decoding.being_read import BeingRead
from mega_toys.ingestion.decoding.spool import Spool
from mega_toys.ingestion.formats.records import (
    TooMuchMemoryError,
    UnreadableFileError,
    UnreadNowError,
)
from mega_toys.ingestion.landing_bucket import at_hand
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.ingestion.listing import Listing
from mega_toys.ingestion.loading.arrivals import Arrivals, hash_fetched, still_lacking
from mega_toys.ingestion.loading.file_versions import (
    forget_paths,
    note_files,
    note_from_bronze,
    note_seen_again,
    note_torn,
    read_by,
    version_of,
)
from mega_toys.lake.news.reconciled import Settlement
from mega_toys.lake.own.files import EMPTY, LOADED, NOT_READ, UNREADABLE, dataset_of
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.progress import by_days
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.scratch import folder_of_load
from mega_toys.lake.store.step import step

Progress = Callable[[str], None]
_PARTS_HELD = 4  # times as many rows as are held at once, which Delta's writer may buffer
_COPIED = "was read, but lies in a copy of a Delta table: what was removed there comes back"


def load(table: Bronze, new: Arrivals, work: Work, say: Progress) -> Outcome:
    """Take the dataset's new and changed files into its bronze table, in bounded batches."""
    outcome = Outcome(str(table.name), reads={})
    days: dict[dt.date, list[LandingFile]] = {}
    for file in new.files:
        days.setdefault(file.landing_day or dt.date.min, []).append(file)
    sizes = {day: sum(file.size for file in found) for day, found in days.items()}
    parts = chunks(days, sizes, work.rows_at_once * 100)
    for part in by_days(parts, sizes, say, lambda: outcome.rows):
        _load_days(table, work, {day: days[day] for day in part}, new, outcome)
    if new.seen_again:
        note_torn(table, {f.path: (f.landing_day, True) for f in new.seen_again}, work)
        note_seen_again(dataset_of(table), new.seen_again, work)
    lacking = still_lacking(table, work, new) if new.files else new.lacking
    if lacking:
        _settle(table, Settlement.of(table, lacking, work), work)
    return outcome


def _settle(table: Bronze, settlement: Settlement, work: Work) -> None:
    """Let `lake.files` count what bronze holds; what bronze has lost a check tells."""
    if settlement.ahead:
        note_from_bronze(dataset_of(table), settlement.ahead, work)
    if settlement.left_out:
        forget_paths(dataset_of(table), [one.path for one in settlement.left_out], work)


def _load_days(
    table: Bronze,
    work: Work,
    days: dict[dt.date, list[LandingFile]],
    new: Arrivals,
    outcome: Outcome,
) -> None:
    at = work.stamp(table)
    versions: list[dict[str, Any]] = []
    with (
        closing(BeingRead(work.store.place)) as being_read,
        folder_of_load(work.store.place) as folder,
    ):
        spool = Spool(table, at, folder, work.memory_mb, being_read)
        settled: dict[dt.date, list[LandingFile]] = {day: [] for day in days}
        every = [file for found in days.values() for file in found]
        fetched = at_hand(every, folder)
        hash_fetched(new, fetched)
        for file, result in spool.read(fetched):
            if not file.is_as_listed():  # it went or changed while it was read: it is news again
                spool.forget(file)
                continue
            told = {"content_hash": new.hashes[file.path]} | _told(result, file, new, table)
            lacks_memory = isinstance(result, TooMuchMemoryError)
            told["read_by"] = read_by(table, work, memory=lacks_memory)
            versions.append(version_of(file, dataset_of(table), at, **told))
            if told["content_hash"] != NOT_READ:  # such a one keeps what it gave
                settled[file.landing_day or dt.date.min].append(file)
        step("bronze.read")
        heights = {version["path"]: version["rows"] for version in versions}
        if versions and not _commit(table, work, settled, spool, at, heights, outcome):
            work.store.mark(table.name, work.to_be_checked(table, days))
        step("bronze.rows")
        can = {v["path"]: (v["landing_day"], v["status"] != UNREADABLE) for v in versions}
        outcome.days |= note_torn(table, can, work)
        note_files(versions, work)
        being_read.stored(version["path"] for version in versions)
        step("bronze.files")
    outcome.rows += sum(v["rows"] for v in versions if v["content_hash"] != NOT_READ)


def _told(result: Result, file: LandingFile, new: Arrivals, table: Bronze) -> dict[str, Any]:
    """What `lake.files` says of a file by what became of it."""
    if not isinstance(result, UnreadableFileError):
        doubt = _COPIED if result and file.of_delta_table else None
        return {"rows": result, "status": LOADED if result else EMPTY, "error": doubt}
    told = {"rows": 0, "status": UNREADABLE, "error": unreadable(str(result), table)}
    if isinstance(result, UnreadNowError) or new.hashes[file.path] == NOT_READ:
        kept = new.read[file.path]["rows"] if file.path in new.read else 0
        told |= {"content_hash": NOT_READ, "rows": kept}
    return told


def _commit(
    table: Bronze,
    work: Work,
    days: dict[dt.date, list[LandingFile]],
    spool: Spool,
    at: dt.datetime,
    heights: Mapping[str, int],
    outcome: Outcome,
) -> bool:
    """Add the rows; days that hold rows of these files already are rewritten, in one commit.

    Whether there was anything to commit.
    """
    stored = work.stored(table)
    paths = pl.Series([file.path for found in days.values() for file in found], dtype=pl.String)
    there = work.scan_days(
        table.name, "_landed_on", set(days) & set(work.store.rows_by_day(stored))
    )
    again = there.filter(pl.col("_file").is_in(paths.implode())).select("_landed_on").unique()
    rewritten = set(again.collect().to_series())
    rows = spool.rows()
    filled = set(rows.select("_landed_on").unique().collect(engine="streaming").to_series())
    if not rewritten and not filled:
        return False
    touched = filled | rewritten
    told = {"ingested_at": at.isoformat(), "replaced": bool(rewritten)}
    note = work.note(table, days=tuple(touched), **told)
    if rewritten:
        kept = work.scan_days(table.name, "_landed_on", touched)
        rows = pl.concat(
            [kept.filter(~pl.col("_file").is_in(paths.implode())).select(list(table.schema)), rows]
        )
        work.store.replace_days(stored, rows, touched, note)
    else:
        for files in _some_at_once(table, paths, heights, work):
            some = rows if files is paths else rows.filter(pl.col("_file").is_in(files.implode()))
            work.store.append(stored, some, note)
    outcome.days |= touched
    outcome.changed = True
    return True


def _some_at_once(
    table: Bronze, paths: pl.Series, heights: Mapping[str, int], work: Work
) -> Iterator[pl.Series]:
    """All files, or of very many rows whole files of a part of them, each for one commit.

    All where deliveries are complete, since a part of one is none.
    """
    most = work.rows_at_once * _PARTS_HELD
    if table.dataset.complete or sum(heights.values()) <= most:
        yield paths
        return
    rows = pl.DataFrame({"path": paths}).with_columns(
        part=pl.col("path").replace_strict(heights, default=0).cum_sum() // most
    )
    for _, some in rows.group_by("part", maintain_order=True):
        yield some["path"]


def rows_without_file(table: Bronze, work: Work, listing: Listing) -> int:
    """How many rows came from files that are no longer in the landing zone."""
    there = [file.path for file in listing.whole().of(dataset_of(table))]
    paths = pl.Series(there, dtype=pl.String)
    lost = work.store.scan(table.name).filter(~pl.col("_file").is_in(paths.implode()))
    return int(lost.select(pl.len()).collect().item())
