"""The lake: the one way to write a table."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal
from urllib.parse import unquote

import polars as pl
from deltalake import DeltaTable, Schema
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from mega_toys.lake.store import data_files
from mega_toys.lake.store.commits import Commits, all_or_again
from mega_toys.lake.store.lock import refuse_lost
from mega_toys.lake.store.note import Note
from mega_toys.lake.store.small_files import small_files
from mega_toys.lake.store.step import step
from mega_toys.lake.store.tables import Stored, refuse_other_schema

_DATA = re.compile(r"([^/]+=[^/]*/)*part-\d{5}-[0-9a-f-]{36}-c\d{3}(\.\w+)?\.parquet")  # of writers
_FILE_BYTES = 8 << 20  # of a table in one piece: what changes rewrites files, not the table


@dataclass(frozen=True)
class Store(Commits):
    """All tables below one root, each at `<root>/<domain>/<layer>/<table>`."""

    def create(self, stored: Stored) -> bool:
        """Make an empty table, unless it is there; whether it was made."""
        if self.exists(stored.name):
            return False
        step("table.create")
        DeltaTable.create(
            self.uri(stored.name),
            stored.schema,
            mode="ignore",
            partition_by=_partition_of(stored),
            storage_options=self.place.storage_options,
            commit_properties=self._properties(Note(run="", batch="made", changed=False)),
        )
        self._handles.pop(self.uri(stored.name), None)
        step("table.created")
        return True

    @all_or_again
    def add_columns(self, stored: Stored) -> None:
        """Give a table the declared columns that it lacks; its rows have no value of them."""
        there = self.scan(stored.name).collect_schema()
        lacking = pl.Schema({n: dtype for n, dtype in stored.schema.items() if n not in there})
        if lacking:
            table = self._to_commit(stored.name)
            table.alter.add_columns(Schema.from_arrow(lacking).fields)

    def append(self, stored: Stored, rows: pl.LazyFrame, note: Note) -> None:
        """Add rows; partitions of which the small files have become many get larger ones."""
        self._append(stored, rows, note)
        for paths in small_files(self.files(stored.name), stored, note.days):
            self._join(stored, paths)

    @all_or_again
    def _append(self, stored: Stored, rows: pl.LazyFrame, note: Note) -> None:
        self._write(stored, rows, note)

    @all_or_again
    def _join(self, stored: Stored, paths: pl.Series) -> None:
        """Put one file in the place of some of a partition, unless others did; no row changes."""
        table, there = self._to_commit(stored.name), self.files(stored.name)
        files = there.filter(pl.col("path").is_in(paths.implode()))
        if files.height < paths.len():
            return
        rows = self.of_files(stored, files["path"], files[f"partition.{stored.partition}"][0])
        made = [replace(one, data_change=False) for one in self._data_files(stored, rows)]
        gone = data_files.gone(files, stored, is_change=False)
        self._commit_files(table, stored, [*made, *gone], self._note_as_before(stored.name))

    @all_or_again
    def replace_days(
        self, stored: Stored, rows: pl.LazyFrame, days: Iterable[dt.date], note: Note
    ) -> None:
        """Put the rows in the place of all rows of these days; other days keep their files."""
        self._write(stored, rows, note, mode="overwrite", values=map(str, days))

    @all_or_again
    def replace_partitions(
        self, stored: Stored, rows: pl.DataFrame, values: Iterable[str], note: Note
    ) -> None:
        """Put the rows in the place of those of some values of a text partition column."""
        self._write(stored, rows.lazy(), note, mode="overwrite", values=values)

    @all_or_again
    def replace_all(self, stored: Stored, rows: pl.LazyFrame, note: Note) -> None:
        """Put the rows in the place of the whole table."""
        self._write(stored, rows, note, mode="overwrite")

    @all_or_again
    def replace_values(
        self, stored: Stored, rows: pl.LazyFrame, column: str, values: pl.Series, note: Note
    ) -> None:
        """Put the rows in the place of the whole table, where only those of some values differ.

        Files of a table in one piece that hold none of these values of the column stay as they are.
        """
        wanted = pl.col(column).is_in(values.implode()).fill_null(False)
        files = self.files_with(stored, wanted)
        others = self.of_files(stored, files["path"]).filter(~wanted)
        after = pl.concat([others, rows.filter(wanted)])
        self._write(stored, after, note, gone=data_files.gone(files, stored))

    @all_or_again
    def replace_table(self, stored: Stored, rows: pl.LazyFrame, note: Note) -> None:
        """Put the rows in the place of the whole table, and their columns in that of its own."""
        if not self.other_partition(stored):
            self._write(stored, rows, note, mode="overwrite", schema=stored.schema)
            return
        create_table_with_add_actions(
            self.uri(stored.name),
            Schema.from_arrow(stored.schema),
            self._data_files(stored, rows),
            mode="overwrite",
            partition_by=_partition_of(stored),
            storage_options=self.place.storage_options,
            commit_properties=self._properties(note),
        )
        step("commit.done")

    @all_or_again
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

    @all_or_again
    def vacuum(self, name: object, retention_h: int) -> int:
        """Remove files that no version of the last hours needs; how many.

        Also those that no version ever had, where their name is one that writers give: others may
        keep files of their own there.
        """
        table, properties = self._to_commit(name), self._as_before(name)
        vacuum = partial(table.vacuum, retention_h, enforce_retention_duration=False)
        removed = vacuum(dry_run=False, commit_properties=properties)
        unknown = vacuum(dry_run=True, full=True)
        named = [unquote(path) for path in unknown if _DATA.fullmatch(path)]
        there = self.place.sizes(self.path(name), named)
        orphans = [path for path, size in zip(named, there, strict=True) if size is not None]
        for path in orphans:
            self.place.remove(f"{self.path(name)}/{path}")
        return len(removed) + len(orphans)

    def _write(
        self,
        stored: Stored,
        rows: pl.LazyFrame,
        note: Note,
        *,
        mode: Literal["append", "overwrite"] = "append",
        values: Iterable[str] | None = None,
        gone: Iterable[RemoveAction] = (),
        schema: pl.Schema | None = None,
    ) -> None:
        """Write data files, and commit them to the table as it was before.

        Overwriting puts them in the place of all, or of those of some values of the partition
        column. The table gets other columns only where a schema is given.
        """
        if schema is None:
            self.refuse_other_types(stored)
        table, only = self._to_commit(stored.name), None
        files = self._data_files(stored, rows)
        if values is not None:
            only = [(str(stored.partition), "in", sorted(set(values)))]
            data_files.refuse_others(stored, files, only[0][2])
        self._commit_files(table, stored, [*files, *gone], note, mode, only, schema)

    def _commit_files(
        self,
        table: DeltaTable,
        stored: Stored,
        files: list[AddAction | RemoveAction],
        note: Note,
        mode: Literal["append", "overwrite"] = "append",
        only: list[tuple[str, str, list[str]]] | None = None,
        schema: pl.Schema | None = None,
    ) -> None:
        refuse_lost(self.place)
        self._refuse_moved(stored.name, table)
        table.create_write_transaction(
            files,
            mode,
            Schema.from_arrow(schema) if schema else table.schema(),
            _partition_of(stored),
            only,
            commit_properties=self._properties(note),
        )
        table.update_incremental()
        step("commit.done")

    def _data_files(self, stored: Stored, rows: pl.LazyFrame) -> list[AddAction]:
        refuse_other_schema(stored, rows)
        step("commit.begin")
        made = data_files.write(stored, rows, self.uri(stored.name), self.place.storage_options)
        step("commit.files")
        return made


def _partition_of(stored: Stored) -> list[str]:
    return [stored.partition] if stored.partition else []
