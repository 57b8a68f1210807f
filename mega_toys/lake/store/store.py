"""The lake: the one way to write a table."""

import datetime as dt
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import unquote

import polars as pl
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import CommitFailedError

from mega_toys.declared.errors import LeaseLostError
from mega_toys.lake.store import checkpoint
from mega_toys.lake.store.lock import refuse_lost, tenure
from mega_toys.lake.store.note import KEY, Note
from mega_toys.lake.store.predicates import files_by_day, in_values, quoted, refuse_other_days
from mega_toys.lake.store.step import step
from mega_toys.lake.store.tables import Stored, Tables, refuse_other_schema
from mega_toys.lake.store.written import writer_of

_DATA = re.compile(r"([^/]+=[^/]*/)*part-\d{5}-[0-9a-f-]{36}-c\d{3}(\.\w+)?\.parquet")  # of writers
_COMMIT_RETRIES = 100
_WRITE_RETRIES = 10
_FILE_BYTES = 8 << 20  # of a table in one piece: what changes rewrites files, not the table
P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")  # a table, as it is named or stored


def _committing(
    write: Callable[Concatenate["Store", T, P], R],
) -> Callable[Concatenate["Store", T, P], R]:
    """On a disk, do the whole write again when a rival's commit came between.

    In a bucket, whose lease tells too late of a writer that paused, a rival's commit ends the run.
    """

    @functools.wraps(write)
    def committed(store: "Store", to: T, /, *args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(_WRITE_RETRIES if store.place.folder else 0):
            try:
                with store.committing(to):
                    return write(store, to, *args, **kwargs)
            except CommitFailedError:
                continue
        with store.committing(to):
            return write(store, to, *args, **kwargs)

    return committed


@dataclass(frozen=True)
class Store(Tables):
    """All tables below one root, each at `<root>/<domain>/<layer>/<table>`."""

    @contextmanager
    def committing(self, to: object) -> Iterator[None]:
        """Commit to a table; in a bucket right after the version last looked at, or not at all."""
        name = to.name if isinstance(to, Stored) else str(to)
        uri, before = self.uri(name), self.version(name)
        refuse_lost(self.place)
        try:
            with self.place.naming_refusals(name):
                yield
        except CommitFailedError:
            if self.place.folder is None:
                self._handles.pop(uri, None)
                raise LeaseLostError(self.root, f"another writer committed to {name}") from None
            raise  # the next look brings up to date what reads by this handle, too
        except BaseException:
            self._handles.pop(uri, None)
            raise
        self._note_commit(name, before)

    def _note_commit(self, name: str, before: int) -> None:
        """Take what this process has committed as looked at, where that was one commit."""
        uri = self.uri(name)
        table, newest = self._handles.get(uri), self._commit(name, before + 1)
        if newest is None:  # there was nothing to commit
            return
        if held := tenure(self.place):
            held.commits[uri] += 1
        if table and table.version() == before + 1:
            self._seen[uri] = newest
            self._note_look(name)
        if (before + 1) % checkpoint.EVERY == 0 and (table := self._open(name)):
            folder = self.place.folder
            checkpoint.make(table, folder / self.path(name) / "_delta_log" if folder else None)

    def _to_commit(self, name: object) -> DeltaTable:
        """The handle to commit by: the one that was looked at."""
        return self._open(name) or self.opened(name)

    def create(self, stored: Stored) -> bool:
        """Make an empty table, unless it is there; whether it was made."""
        if self.exists(stored.name):
            return False
        step("table.create")
        empty = pl.DataFrame(schema=stored.schema)
        empty.write_delta(
            self.uri(stored.name),
            mode="ignore",
            storage_options=self.place.storage_options,
            delta_write_options={
                "commit_properties": self._properties(Note(run="", batch="made", changed=False)),
                **({"partition_by": stored.partition} if stored.partition else {}),
            },
        )
        self._handles.pop(self.uri(stored.name), None)
        step("table.created")
        return True

    @_committing
    def add_columns(self, stored: Stored) -> None:
        """Give a table the declared columns that it lacks; its rows have no value of them."""
        there = self.scan(stored.name).collect_schema()
        lacking = pl.Schema({n: dtype for n, dtype in stored.schema.items() if n not in there})
        if lacking:
            table = self._to_commit(stored.name)
            empty = pl.DataFrame(schema=lacking).to_arrow()
            table.alter.add_columns(Schema.from_arrow(empty.schema).fields)

    @_committing
    def append(self, stored: Stored, rows: pl.LazyFrame, note: Note) -> None:
        """Add rows."""
        self._sink(stored, rows, note, mode="append")

    @_committing
    def replace_days(
        self, stored: Stored, rows: pl.LazyFrame, days: Iterable[dt.date], note: Note
    ) -> None:
        """Put the rows in the place of all rows of these days; other days keep their files."""
        wanted = frozenset(days)
        table = self._to_commit(stored.name)
        version, before = table.version(), files_by_day(table, stored)
        self._sink(stored, rows, note, mode="overwrite", predicate=stored.in_days(wanted))
        if table.version() == version + 1:  # no rival's commit came between
            refuse_other_days(stored, before ^ files_by_day(table, stored), wanted)

    @_committing
    def replace_all(self, stored: Stored, rows: pl.LazyFrame, note: Note) -> None:
        """Put the rows in the place of the whole table."""
        self._sink(stored, rows, note, mode="overwrite")

    @_committing
    def replace_values(
        self, stored: Stored, rows: pl.LazyFrame, column: str, values: pl.Series, note: Note
    ) -> None:
        """Put the rows in the place of the whole table, where only those of some values differ.

        Files that hold none of these values of the column stay as they are.
        """
        predicate = in_values(column, values)
        mine = pl.lit(True) if predicate is None else pl.col(column).is_in(values.implode())
        told = {"predicate": predicate} if predicate else {}
        self._sink(stored, rows.filter(mine), note, mode="overwrite", **told)

    @_committing
    def replace_table(self, stored: Stored, rows: pl.LazyFrame, note: Note) -> None:
        """Put the rows in the place of the whole table, and their columns in that of its own."""
        self._sink(stored, rows, note, mode="overwrite", schema_mode="overwrite")

    @_committing
    def replace_partitions(
        self, stored: Stored, rows: pl.DataFrame, values: Iterable[str], note: Note
    ) -> None:
        """Put the rows in the place of those of some values of a text partition column."""
        predicate = f"{stored.partition} IN ({quoted(values)})"
        self._sink(stored, rows.lazy(), note, mode="overwrite", predicate=predicate)

    @_committing
    def mark(self, name: object, note: Note) -> None:
        """Commit a note without rows."""
        step("mark.begin")
        table = self._to_commit(name)
        table.create_write_transaction(
            actions=[],
            mode="append",
            schema=table.schema(),
            partition_by=table.metadata().partition_columns,
            commit_properties=self._properties(note),
        )
        step("mark.done")

    @_committing
    def compact(self, name: object, most_files: int) -> int:
        """Join the small files of each partition that has more than so many; how many are gone."""
        table = self._to_commit(name)
        actions = pl.DataFrame(table.get_add_actions(flatten=True))
        if actions.is_empty():
            return 0
        partitions = [column for column in actions.columns if column.startswith("partition.")]
        crowded = actions.group_by(partitions or pl.lit(0)).len().filter(pl.col("len") > most_files)
        if crowded.is_empty():
            return 0
        size, properties = None if partitions else _FILE_BYTES, self._as_before(name)
        done = table.optimize.compact(target_size=size, commit_properties=properties)
        return int(done["numFilesRemoved"])

    @_committing
    def vacuum(self, name: object, retention_h: int) -> int:
        """Remove files that no version of the last hours needs; how many.

        Also those that no version ever had, where their name is one that writers give: others may
        keep files of their own there.
        """
        table, properties = self._to_commit(name), self._as_before(name)
        removed = table.vacuum(retention_h, dry_run=False, commit_properties=properties)
        unknown = table.vacuum(retention_h, dry_run=True, full=True)
        named = [unquote(path) for path in unknown if _DATA.fullmatch(path)]
        there = self.place.sizes(self.path(name), named)
        orphans = [path for path, size in zip(named, there, strict=True) if size is not None]
        for path in orphans:
            self.place.remove(f"{self.path(name)}/{path}")
        return len(removed) + len(orphans)

    def _as_before(self, name: object) -> CommitProperties | None:
        """For a commit that changes no row: the table's newest note, once more."""
        state = self.state(name)
        return self._properties(state) if state else None

    def _properties(self, note: Note) -> CommitProperties:
        retries = _COMMIT_RETRIES if self.place.folder else 0
        return CommitProperties(max_commit_retries=retries, custom_metadata={KEY: note.text()})

    def _sink(
        self, stored: Stored, rows: pl.LazyFrame, note: Note, *, mode: Any, **more: str
    ) -> None:
        refuse_other_schema(stored, rows)
        options: dict[str, Any] = {
            "commit_properties": self._properties(note),
            "writer_properties": writer_of(stored),
            "partition_by": [stored.partition] if stored.partition else [],
            "target_file_size": None if stored.partition else _FILE_BYTES,
            **more,
        }
        step("commit.begin")
        rows.select(list(stored.schema)).sink_delta(
            self._to_commit(stored.name), mode=mode, delta_write_options=options
        )
        step("commit.done")
