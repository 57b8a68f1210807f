"""A connection to DuckDB within bounds of memory and disk, which leaves nothing behind."""

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

MEMORY_MB = 1000  # that a query may take, where nobody says otherwise
_SPILLED = 10  # times the memory, that it may have on disk


def bounded(memory_mb: int, temporary: Path) -> "duckdb.DuckDBPyConnection":
    """A connection that takes no more memory, and a bounded part of the disk, until it is gone."""
    import duckdb

    connection = duckdb.connect()
    folder = tempfile.mkdtemp(prefix="query-", dir=temporary)
    weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
    for setting, value in {
        "TimeZone": "UTC",
        "memory_limit": f"{memory_mb}MB",
        "temp_directory": folder,
        "max_temp_directory_size": f"{_SPILLED * memory_mb}MB",
    }.items():
        connection.execute(f"SET GLOBAL {setting} = '{value}'")  # for its cursors, too
    return connection
