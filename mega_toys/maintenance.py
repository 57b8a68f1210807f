"""Maintenance: compaction of tables with many small files, vacuum of files no version needs."""

from collections.abc import Iterator

from mega_toys.lake.lock import only_writer
from mega_toys.lake.reading import names
from mega_toys.lake.work import Work

RETENTION_H = 7 * 24  # time travel and readers of old versions have a week
SMALL_FILES = 8  # a partition with more files than this is compacted


def maintain(work: Work) -> Iterator[str]:
    """Compact and vacuum what needs it; says what was done to each table."""
    with only_writer(work.store.root, lambda text: None):
        for name in names(work.catalog):
            if work.store.exists(name):
                compacted = work.store.compact(name, SMALL_FILES)
                removed = work.store.vacuum(name, RETENTION_H)
                if compacted or removed:
                    yield f"{name}: {compacted} files compacted, {removed} removed"
