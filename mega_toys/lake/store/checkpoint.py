"""Checkpoints of a table's log: opening the table reads the newest one and the commits after it."""

import os
import re
from contextlib import suppress
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from mega_toys.declared.errors import PlaceError
from mega_toys.lake.store.place import Place

EVERY = 10  # commits; Delta itself makes one every 100
MOST_COMMITS = 2_000  # that a log keeps: what a commit costs grows by the files of its log
CLEANED_EVERY = 100
_OF_VERSION = re.compile(r"(\d{20})\.(checkpoint\.parquet|json)")


def make(table: DeltaTable, log: Path | None) -> None:
    """Sum up the log of a table, which on a disk lies in that folder.

    Where that cannot be written, the log is as it was. A torn one would hide it: it is synced.
    """
    with suppress(DeltaError, OSError):
        table.create_checkpoint()
        names = (f"{table.version():020}.checkpoint.parquet", "_last_checkpoint")
        for name in names if log else ():
            with Path(str(log), name).open("rb") as made:
                os.fsync(made.fileno())


def clean(place: Place, log: str, newest: int) -> None:
    """Remove the oldest commits of a log that has very many, oldest first, up to a checkpoint.

    Versions before are known no longer. Delta does so by age alone, which a stream outruns.
    """
    with suppress(OSError, PlaceError):
        found = [
            (_OF_VERSION.fullmatch(e.path.rpartition("/")[2]), e.path) for e in place.below(log)
        ]
        of_version = sorted((int(name[1]), name[2], path) for name, path in found if name)
        old = newest - MOST_COMMITS
        sums = [at for at, ending, _ in of_version if ending != "json" and at <= old]
        for at, _, path in of_version:
            if at < max(sums, default=0):
                place.remove(path)
