"""A connection to DuckDB within bounds of memory and disk, which leaves nothing behind."""

import shutil
import tempfile
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

MEMORY_MB = 1000  # that a query may take, where nobody says otherwise
_SPILLED = 10  # times the memory, that it may have on disk
_SPILLING: set[str] = set()  # the folders of what this process has there


def bounded(memory_mb: int) -> "duckdb.DuckDBPyConnection":
    """A connection that takes no more memory, and a bounded part of the disk, until it is gone."""
    import duckdb

    connection = duckdb.connect()
    folder = tempfile.mkdtemp(prefix="mega_toys-query-")
    _SPILLING.add(folder)
    weakref.finalize(connection, _remove, folder)
    for setting, value in {
        "TimeZone": "UTC",
        "memory_limit": f"{memory_mb}MB",
        "temp_directory": folder,
        "max_temp_directory_size": f"{_SPILLED * memory_mb}MB",
    }.items():
        connection.execute(f"SET GLOBAL {setting} = '{value}'")  # for its cursors, too
    return connection


def _remove(folder: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _SPILLING.discard(folder)


def remove_spilled() -> None:
    """Remove what queries of this process have on disk, before it ends in the middle of one."""
    for folder in tuple(_SPILLING):
        _remove(folder)
