"""The rows that a published table is to hold, as a query: of days that changed, read from the lake.

All others are taken from the file before, in which they lie together, as long as nobody else wrote
to it. That is told by its time: a copy of a bucket's file has another one, and is never trusted.
"""

import datetime as dt
import os
import time
from pathlib import Path

import duckdb

from mega_toys.declared.table import Table
from mega_toys.lake.reading.source import Source, quoted
from mega_toys.lake.store.store import Store
from mega_toys.orchestration.assets.bi_tables import columns_of, place_of

_STEP_NS = 2_000_000_000  # in which the coarsest file system tells times


def note_time(connection: duckdb.DuckDBPyConnection) -> int:
    """Write into the file that is made, in use, the time that it is to have: ns since 1970."""
    at_ns = time.time_ns() // _STEP_NS * _STEP_NS
    connection.execute("CREATE TABLE main.made (at_ns BIGINT)")
    connection.execute("INSERT INTO main.made VALUES (?)", [at_ns])
    return at_ns


def has_time(file: Path, at_ns: int) -> None:
    """Give a file that was made the time that is written in it."""
    os.utime(file, ns=(at_ns, at_ns))


def is_as_made(file: Path | None, connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether nobody wrote to the file before since it was published."""
    try:
        told = connection.sql("FROM before.main.made").fetchall()
    except duckdb.CatalogException:  # it is of an older version of ours, or there is none
        return False
    return bool(file and told and file.stat().st_mtime_ns == told[0][0])


def before(table: Table) -> str:
    """The rows that the file before holds of a table."""
    return f"FROM before.{place_of(table.name)}"


def now(
    table: Table,
    version: int | None,
    batch: str | None,
    store: Store,
    connection: duckdb.DuckDBPyConnection,
) -> str:
    """The rows of a table as the lake has them, where the file before holds that version."""
    name, column = str(table.name), table.day_column
    days = None if version is None else _changed_since(name, version, batch, store)
    if days is None or (days and column is None):
        return Source.of(store, name).sql
    there, news = connection.sql(before(table)), Source.of(store, name, column, days)
    columns = columns_of(table, store.schema(name) or ())
    asked = ", ".join(map(quoted, columns))
    read = connection.sql(f"SELECT {asked} FROM ({news.sql})")  # noqa: S608, our own names
    if (there.columns, there.types) != (read.columns, read.types):
        return Source.of(store, name).sql
    if not days:
        return before(table)
    changed = ", ".join(f"DATE '{day}'" for day in sorted(days))
    kept = f"SELECT {asked} {before(table)} WHERE {quoted(str(column))} NOT IN ({changed})"
    return f"{kept} UNION ALL SELECT {asked} FROM ({news.sql})"  # noqa: S608, our own names and days


def _changed_since(name: str, version: int, batch: str | None, store: Store) -> set[dt.date] | None:
    """The days of which rows may have changed since a version; none where any may have.

    Also where that version is not known, or another one than that of this batch.
    """
    commits = store.since(name, version - 1).commits
    if not commits or commits[-1][0] != version or commits[-1][1].batch != batch:
        return None
    notes = [note for _, note in commits[:-1] if note.changed]
    if any(note.whole for note in notes):
        return None
    return {day for note in notes for day in note.days}
