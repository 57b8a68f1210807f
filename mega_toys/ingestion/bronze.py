"""The loading of bronze: each landing day holds exactly the records of its files."""

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mega_toys.ingestion import landing
from mega_toys.ingestion.being_read import BeingRead
from mega_toys.ingestion.decoding import Result
from mega_toys.ingestion.landing import LandingFile
from mega_toys.ingestion.records import UnreadableFileError, UnreadNowError
from mega_toys.ingestion.spool import Spool, folder_of_load
from mega_toys.lake.days import chunks, said
from mega_toys.lake.files import (
    EMPTY,
    FILES,
    IGNORED,
    LOADED,
    NO_DATASET,
    NOT_READ,
    SEEN_AS,
    UNREADABLE,
    dataset_of,
    newest,
)
from mega_toys.lake.step import step
from mega_toys.lake.table import Table
from mega_toys.lake.work import Outcome, Work

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Arrivals:
    """The files of one dataset that are new or changed, and those whose inode alone is."""

    files: list[LandingFile]
    hashes: dict[str, str]
    seen_again: list[LandingFile]


def arrivals(files: Sequence[LandingFile], dataset: str, work: Work) -> Arrivals:
    """Which files are news: by size, times and inode, and where these differ by content.

    A file that the store did not let be read is tried at every look, and is news once it can be.
    """
    kept = newest(work.store.scan(FILES.name).filter(pl.col("dataset") == dataset))
    known = {row["path"]: row for row in kept.collect().iter_rows(named=True)}
    found = Arrivals([], {}, [])
    for file in files:
        before = known.get(file.path)
        seen_as = (file.size, file.modified_ns, file.changed_ns, file.inode)
        as_before = before is not None and tuple(before[name] for name in SEEN_AS) == seen_as
        if before and as_before and before["content_hash"] != NOT_READ:
            continue
        try:
            hashed = _hash(file, again=as_before)
        except FileNotFoundError:  # gone since it was listed; it keeps what it gave
            continue
        except OSError:  # the reading says why
            hashed = NOT_READ
        if before and before["content_hash"] == hashed:
            if not as_before:
                found.seen_again.append(file)
        else:
            found.files.append(file)
            found.hashes[file.path] = hashed
    return found


def _hash(file: LandingFile, *, again: bool) -> str:
    """The hash of a file's content, remembered as long as it is listed as the same, or anew."""
    if file.leaves_root:
        return ""
    return file.content_hash() if again else _remembered_hash(file)


@functools.lru_cache(maxsize=1 << 16)
def _remembered_hash(file: LandingFile) -> str:
    """New files are looked for by sensors, before a refresh and in it."""
    return file.content_hash()


def _arrived(table: Table, work: Work, root: Path) -> Arrivals:
    dataset = dataset_of(table)
    files = [file for file in landing.files(root, dataset.replace(".", "/")) if _is_data(file)]
    return arrivals(files, dataset, work)


def news_of_landing(table: Table, work: Work, root: Path) -> set[dt.date]:
    """The landing days with files that the table has not taken in."""
    new = _arrived(table, work, root)
    return {f.landing_day for f in (*new.files, *new.seen_again) if f.landing_day is not None}


def load(table: Table, work: Work, root: Path, say: Progress) -> Outcome:
    """Take the dataset's new and changed files into its bronze table, in bounded batches."""
    landing.refuse_missing(root)
    outcome = Outcome(str(table.name), reads={})
    new = _arrived(table, work, root)
    days: dict[dt.date, list[LandingFile]] = {}
    for file in new.files:
        days.setdefault(file.landing_day or dt.date.min, []).append(file)
    sizes = {day: sum(file.size for file in found) for day, found in days.items()}
    for part in chunks(days, sizes, work.rows_at_once * 100):
        say(f"landed {said(part)}")
        _load_days(table, work, {day: days[day] for day in part}, new.hashes, outcome)
    if new.seen_again:
        _note_seen_again(dataset_of(table), new.seen_again, work)
    return outcome


def _is_data(file: LandingFile) -> bool:
    is_folder = file.location.is_dir() and not file.leaves_root
    return file.format is not None and file.landing_day is not None and not is_folder


def _load_days(
    table: Table,
    work: Work,
    days: dict[dt.date, list[LandingFile]],
    hashes: dict[str, str],
    outcome: Outcome,
) -> None:
    at = work.stamp(table)
    versions: list[dict[str, Any]] = []
    with (
        closing(BeingRead(work.store.root)) as being_read,
        folder_of_load(work.store.root) as folder,
    ):
        spool = Spool(table, at, folder, work.memory_mb, being_read)
        settled: dict[dt.date, list[LandingFile]] = {day: [] for day in days}
        for file, result in spool.read([file for found in days.values() for file in found]):
            if file.is_as_listed():
                version = _version(file, dataset_of(table), at, **_told(result))
                versions.append({"content_hash": hashes[file.path]} | version)
                settled[file.landing_day or dt.date.min].append(file)
            else:  # it went or changed while it was read: the next refresh looks at it again
                spool.forget(file)
        step("bronze.read")
        _commit(table, work, settled, spool, at, outcome)
        step("bronze.rows")
        _note_files(dataset_of(table), versions, work)
        being_read.stored(version["path"] for version in versions)
        step("bronze.files")
    outcome.rows += sum(version["rows"] for version in versions)


def _told(result: Result) -> dict[str, Any]:
    """What `lake.files` says of a file by what became of it."""
    if isinstance(result, UnreadableFileError):
        told = {"rows": 0, "status": UNREADABLE, "error": str(result)}
        return told | ({"content_hash": NOT_READ} if isinstance(result, UnreadNowError) else {})
    return {"rows": result, "status": LOADED if result else EMPTY, "error": None}


def _version(file: LandingFile, dataset: str, at: dt.datetime, **told: Any) -> dict[str, Any]:
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


def _commit(
    table: Table,
    work: Work,
    days: dict[dt.date, list[LandingFile]],
    spool: Spool,
    at: dt.datetime,
    outcome: Outcome,
) -> None:
    """Add the rows in one commit; days that hold rows of these files already are rewritten."""
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
        return
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
        work.store.append(stored, rows, note)
    outcome.days |= touched
    outcome.changed = True


def _note_files(dataset: str, versions: list[dict[str, Any]], work: Work) -> None:
    rows = pl.DataFrame(versions, schema=FILES.schema)
    work.store.append(FILES, rows.lazy(), work.note(whole=True))


def knows_files(table: Table, work: Work) -> bool:
    """Whether any file of the dataset is noted."""
    kept = work.store.scan(FILES.name).filter(pl.col("dataset") == dataset_of(table))
    return bool(kept.select(pl.len()).collect().item())


def rows_without_file(table: Table, work: Work, root: Path) -> int:
    """How many rows came from files that are no longer in the landing zone."""
    there = [file.path for file in landing.files(root, dataset_of(table).replace(".", "/"))]
    paths = pl.Series(there, dtype=pl.String)
    lost = work.store.scan(table.name).filter(~pl.col("_file").is_in(paths.implode()))
    return int(lost.select(pl.len()).collect().item())


def forget_files(table: Table, work: Work) -> None:
    """Let the next load read every file of the dataset again."""
    if not knows_files(table, work):
        return
    nothing = pl.DataFrame(schema=FILES.schema)
    work.store.replace_partition(FILES, nothing, dataset_of(table), work.note(whole=True))


def _note_seen_again(dataset: str, files: list[LandingFile], work: Work) -> None:
    """Remember the new inode of files whose content is the same, so that it is not read again."""
    now = {f.path: (f.size, f.modified_ns, f.changed_ns, f.inode) for f in files}
    kept = work.store.scan(FILES.name).filter(pl.col("dataset") == dataset)
    rows = kept.sort("ingested_at").collect().to_dicts()
    last = {row["path"]: at for at, row in enumerate(rows) if row["path"] in now}
    for path, at in last.items():
        rows[at] |= dict(zip(SEEN_AS, now[path], strict=True))
    after = pl.DataFrame(rows, schema=FILES.schema)
    work.store.replace_partition(FILES, after, dataset, work.note(whole=True))


def ignored_files(tables: Sequence[Table], work: Work, root: Path) -> list[LandingFile]:
    """The files that belong to no dataset and are not recorded yet."""
    datasets = {dataset_of(table) for table in tables}
    kept = work.store.scan(FILES.name).filter(pl.col("dataset") == NO_DATASET).collect()
    known = set(kept["path"])
    return [
        file
        for file in landing.files(root)
        if file.path not in known and (not _is_data(file) or file.dataset not in datasets)
    ]


def ignore_others(tables: Sequence[Table], work: Work, root: Path) -> int:
    """Record the files that belong to no dataset, each once; how many are new."""
    datasets, at = {dataset_of(table) for table in tables}, work.now()
    rows = [
        _version(file, NO_DATASET, at, status=IGNORED, rows=0, error=_why_ignored(file, datasets))
        for file in ignored_files(tables, work, root)
    ]
    if rows:
        _note_files(NO_DATASET, rows, work)
    return len(rows)


def _why_ignored(file: LandingFile, datasets: set[str]) -> str:
    if file.leaves_root:
        return "is a link that leaves the landing root"
    if file.location.is_dir():
        return "is a folder that may not be listed"
    if file.landing_day is None:
        return "is not below <domain>/<dataset>/<YYYY-MM-DD>/"
    if file.dataset not in datasets:
        return f"`{file.dataset}` is no dataset"
    return "has an extension of no format"
