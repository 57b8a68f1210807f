"""Maintenance: compaction of small files, vacuum of old ones, sweeping after killed writers."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from mega_toys.ingestion.spool import PREFIX
from mega_toys.lake.lock import only_writer
from mega_toys.lake.reading import names
from mega_toys.lake.step import step
from mega_toys.lake.work import Work

RETENTION_H = 7 * 24  # time travel and readers of old versions have a week
SMALL_FILES = 8  # a partition with more files than this is compacted
LEFT_AFTER_H = 24  # what is unfinished for so long was left by a killed writer
UNFINISHED = ("*.parquet#*", "*.tmp", "*.duckdb.tmp.wal")


def maintain(work: Work) -> Iterator[str]:
    """Compact and vacuum what needs it; says what was done to each table."""
    with only_writer(work.store.root, lambda text: None):
        for name in names(work.catalog):
            if work.store.exists(name):
                compacted = work.store.compact(name, SMALL_FILES)
                step("maintain.compacted")
                removed = work.store.vacuum(name, RETENTION_H)
                step("maintain.vacuumed")
                if compacted or removed:
                    yield f"{name}: {compacted} files compacted, {removed} removed"
        if swept := sweep(work, time.time()):
            yield f"{swept} leftovers of killed writers removed"
        step("maintain.swept")


def sweep(work: Work, now: float) -> int:
    """Remove what writers that were killed a day ago left half written; how much there was."""
    before = now - LEFT_AFTER_H * 3600
    root, spools = Path(work.store.root), Path(tempfile.gettempdir())
    unfinished = [path for pattern in UNFINISHED for path in root.rglob(pattern)]
    left = [path for path in (*unfinished, *spools.glob(f"{PREFIX}*")) if _left(path, before)]
    for path in left:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return len(left) + work.store.clear_aside()


def _left(path: Path, before: float) -> bool:
    found = path.stat()
    return found.st_uid == os.getuid() and found.st_mtime < before
