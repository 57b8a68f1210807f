"""Checkpoints of a table's log: opening the table reads the newest one and the commits after it."""

import os
from contextlib import suppress
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

EVERY = 10  # commits; Delta itself makes one every 100


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
