"""Maintenance: compaction of small files, vacuum of old ones, sweeping after killed writers."""

import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from mega_toys.lake.reading.by_name import names
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.folder import asides
from mega_toys.lake.store.lock import only_writer
from mega_toys.lake.store.place import Place
from mega_toys.lake.store.scratch import left_behind, remove_empty
from mega_toys.lake.store.step import step
from mega_toys.operations.put_back import forget_what_is_gone

RETENTION_H = 7 * 24  # time travel and readers of old versions have a week
SMALL_FILES = 8  # a partition with more files than this is compacted
LEFT_AFTER_H = 24  # what is unfinished for so long was left by a killed writer
UNFINISHED_WAREHOUSE = ("warehouse.duckdb.tmp", "warehouse.duckdb.tmp.wal")


def maintain(work: Work, landing: Place, later_h: int = 0) -> Iterator[str]:
    """Compact and vacuum what needs it; says what was done to each table.

    What goes by age goes as it would so many hours later: nobody can make the objects of a bucket
    older, and faults try what becomes of old ones.
    """
    retention_h = max(0, RETENTION_H - later_h)
    with only_writer(work.store.root):
        forget_what_is_gone(work)
        for name in names(work.catalog):
            if work.store.exists(name):
                compacted = work.store.compact(name, SMALL_FILES)
                step("maintain.compacted")
                removed = work.store.vacuum(name, retention_h)
                step("maintain.vacuumed")
                if compacted or removed:
                    yield f"{name}: {compacted} files compacted, {removed} removed"
        if swept := sweep(work, landing, time.time() + later_h * 3600):
            yield f"{swept} leftovers of killed writers removed"
        step("maintain.swept")


def sweep(work: Work, landing: Place, now: float) -> int:
    """Remove what killed writers of lake and landing zone left half written; how much there was.

    Files have a day, in which their writer may still be at work.
    """
    before = now - LEFT_AFTER_H * 3600
    files = [path for path in _unfinished(work, landing) if _left(path, before)]
    folders = left_behind(work.store.place)
    for path in files:
        path.unlink(missing_ok=True)
    for path in folders:
        shutil.rmtree(path, ignore_errors=True)
        remove_empty(path.parent)
    return len(files) + len(folders) + work.store.clear_aside()


def _unfinished(work: Work, landing: Place) -> Iterator[Path]:
    """The files that only our writers name so; in a bucket itself none is half made."""
    yield from asides(landing.folder) if landing.folder else ()
    yield from (work.store.place.scratch / name for name in UNFINISHED_WAREHOUSE)
    root = work.store.place.folder
    if root is None:
        return
    tables = [root / work.store.path(name) for name in names(work.catalog)]
    yield from (path for table in tables for path in table.rglob("*.parquet#[0-9]*"))
    yield from (path for table in tables for path in table.glob("_delta_log/*.tmp"))


def _left(path: Path, before: float) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_mtime < before
