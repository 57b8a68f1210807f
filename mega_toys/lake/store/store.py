"""The lake on disk: the one way to read and write a table."""

import datetime as dt
import functools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, Self, TypeVar
from urllib.parse import unquote

import polars as pl
from deltalake import CommitProperties, DeltaTable, Schema, WriterProperties
from deltalake.exceptions import CommitFailedError

from mega_toys.declared.days import spans
from mega_toys.declared.errors import (
    ColumnsError,
    DamagedTableError,
    LeaseLostError,
    StoredSchemaError,
)
from mega_toys.declared.field import STATISTICS_BYTES
from mega_toys.lake.store.lock import refuse_lost, tenure
from mega_toys.lake.store.log import ASIDE, Logs
from mega_toys.lake.store.mending import of_table
from mega_toys.lake.store.note import KEY, Note
from mega_toys.lake.store.step import step

_DATA = re.compile(r"([^/]+=[^/]*/)*part-\d{5}-[0-9a-f-]{36}-c\d{3}(\.\w+)?\.parquet")  # of writers
_MAGIC = b"PAR1"
_COMMIT_RETRIES = 100
_WRITE_RETRIES = 3
_WRITER = WriterProperties(
    compression="ZSTD", compression_level=1, statistics_truncate_length=STATISTICS_BYTES
)
P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")  # a table, as it is named or stored


@dataclass(frozen=True)
class Stored:
    """How a table lies in the lake: its name, columns and partition column."""

    name: str
    schema: pl.Schema
    partition: str | None = None


def _committing(
    write: Callable[Concatenate["Store", T, P], R],
) -> Callable[Concatenate["Store", T, P], R]:
    """On a disk, do the whole write again when a rival's commit came between.

    In a bucket, whose lease tells too late of a writer that paused, a rival's commit ends the run.
    """

    @functools.wraps(write)
    def committed(store: "Store", to: T, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if store.place.folder is None:
            with store.committing(to):
                return write(store, to, *args, **kwargs)
        for _ in range(_WRITE_RETRIES):
            try:
                return write(store, to, *args, **kwargs)
            except CommitFailedError:
                continue
        return write(store, to, *args, **kwargs)

    return committed


@dataclass(frozen=True)
class Store(Logs):
    """All tables below one root, each at `<root>/<domain>/<layer>/<table>`."""

    @contextmanager
    def committing(self, to: object) -> Iterator[None]:
        """Commit to a table in a bucket: right after the version last looked at, or not at all."""
        name = to.name if isinstance(to, Stored) else str(to)
        uri, before = self.uri(name), self.version(name)
        refuse_lost(self.place)
        try:
            with self.place.naming_refusals(name):
                yield
        except CommitFailedError:
            self._handles.pop(uri, None)
            raise LeaseLostError(self.root, f"another writer committed to {name}") from None
        except BaseException:
            self._handles.pop(uri, None)
            raise
        self._note_commit(name, before)

    def _note_commit(self, name: str, before: int) -> None:
        """Take what this process has committed as looked at, where that was one commit."""
        uri = self.uri(name)
        if held := tenure(self.place):
            held.commits[uri] += 1
        newest = self._commit(name, before + 1)
        if newest and self._handles[uri].version() == before + 1:
            self._seen[uri] = newest
            self._note_look(name)
        else:
            self._handles.pop(uri, None)

    def _to_commit(self, name: object) -> DeltaTable:
        """A handle to commit by: in a bucket the one that was looked at."""
        known = None if self.place.folder else self._open(name)
        return known or self.opened(name)

    def beside(self, names: Iterable[object]) -> Self:
        """This lake, but for these tables, which lie beside the live ones and are empty yet."""
        self.clear_aside()
        return type(self)(self.root, frozenset(map(str, names)))

    def clear_aside(self) -> bool:
        """Remove what lies beside the live tables; whether there was any."""
        return self.place.remove_below(ASIDE)

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

    def other_columns(self, stored: Stored) -> Sequence[str]:
        """In what the columns of a table that is there differ from those wanted, in words."""
        if self._open(stored.name) is None:
            return []
        found = self.scan(stored.name).collect_schema()
        gone = [f"`{name}` is declared no longer" for name in found if name not in stored.schema]
        return [*_differences(found, stored.schema), *gone]

    def refuse_other_columns(self, stored: Stored, way_out: str) -> None:
        """Raise StoredSchemaError where the table's columns are others than those wanted."""
        if problems := self.other_columns(stored):
            raise StoredSchemaError(stored.name, self.uri(stored.name), problems, way_out)

    def scan(self, name: object, version: int | dt.datetime | None = None) -> pl.LazyFrame:
        """The table as it is now, or as it was at a version or an instant."""
        table = self._open(name)
        if table and version in (None, table.version()):
            return pl.scan_delta(table)
        return pl.scan_delta(
            self.uri(name), version=version, storage_options=self.place.storage_options
        )

    def rows_by_day(self, stored: Stored) -> dict[dt.date, int]:
        """Number of rows of each day, from the table's log alone."""
        table = self._open(stored.name)
        if table is None or stored.partition is None:
            return {}
        actions = pl.DataFrame(table.get_add_actions(flatten=True))
        if f"partition.{stored.partition}" not in actions.columns:
            return {}
        counted = actions.group_by(f"partition.{stored.partition}").agg(pl.col("num_records").sum())
        return {day: rows for day, rows in counted.rows() if day is not None}

    def rows_and_newest(self, stored: Stored, column: str) -> pl.DataFrame:
        """Of each day (`day`) the rows (`logged`) and the largest value of a column (`newest`).

        From the table's log alone; null where the log does not tell it.
        """
        schema = pl.Schema(
            {"day": pl.Date(), "logged": pl.Int64(), "newest": stored.schema[column]}
        )
        table = self._open(stored.name)
        actions = pl.DataFrame(table.get_add_actions(flatten=True)) if table else pl.DataFrame()
        if f"partition.{stored.partition}" not in actions.columns:
            return pl.DataFrame(schema=schema)
        largest = f"max.{column}"
        newest = pl.col(largest).max() if largest in actions.columns else pl.lit(None)
        by_day = actions.group_by(day=f"partition.{stored.partition}")
        return by_day.agg(logged=pl.col("num_records").sum(), newest=newest).cast(schema)

    def height(self, name: object) -> int:
        """How many rows a table has, from its log alone."""
        table = self._open(name)
        return table.count() if table else 0

    def damage(self, name: object, *, within: bool = False) -> list[str]:
        """The data files of a table that are gone or of another size than its log says, in words.

        None of them is opened; `within` looks also at where each begins and ends.
        """
        table, folder = self._open(name), self.path(name)
        actions = pl.DataFrame(table.get_add_actions()) if table else pl.DataFrame()
        if actions.is_empty():
            return []
        logged = actions.select("path", "size_bytes").sort("path").rows()
        paths = [unquote(path) for path, _ in logged]
        found = []
        for (path, size), there in zip(logged, self.place.sizes(folder, paths), strict=True):
            if there != size:
                is_gone = "is gone" if there is None else f"has {there} bytes instead of {size}"
                found.append(f"{path} {is_gone}")
            elif within and not self._is_parquet(f"{folder}/{unquote(path)}"):
                found.append(f"{path} is no Parquet file any more")
        return found

    def _is_parquet(self, path: str) -> bool:
        """Whether a file begins and ends as Parquet does; none does that a power cut left empty.

        In a bucket a file is whole or not there.
        """
        if self.place.folder is None:
            return True
        with (self.place.folder / path).open("rb") as file:
            begins = file.read(len(_MAGIC))
            file.seek(-len(_MAGIC), os.SEEK_END)
            return begins == file.read() == _MAGIC

    def is_whole(self, name: object) -> bool:
        """Whether a table is there, can be opened and has the data files that its log names."""
        return self.exists(name) and self.can_be_opened(name) and not self.damage(name)

    def refuse_damage(self, name: object, *, within: bool = False) -> None:
        """Raise DamagedTableError where data files of a table are gone or of another size.

        BrokenLogError where its log cannot be read.
        """
        if damage := self.damage(name, within=within):
            way_out = of_table(str(name), self.path(name), self.place)
            raise DamagedTableError(str(name), damage, way_out)

    def days_with_values(self, stored: Stored, column: str) -> set[dt.date]:
        """The days on which some row has a value in a column, as far as the log can tell."""
        table = self._open(stored.name)
        actions = pl.DataFrame(table.get_add_actions(flatten=True)) if table else pl.DataFrame()
        nulls = f"null_count.{column}"
        if nulls in actions.columns:
            some = pl.col(nulls).is_null() | (pl.col(nulls) < pl.col("num_records"))
            actions = actions.filter(some)
        return set(actions[f"partition.{stored.partition}"]) if actions.height else set()

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
        version, before = self._files(stored)
        self._sink(stored, rows, note, mode="overwrite", predicate=_in_days(stored, wanted))
        now, after = self._files(stored)
        alone = now == version + 1  # no rival's commit came between
        for path, day in before ^ after:
            if alone and day not in wanted:
                raise AssertionError(f"{stored.name}: a commit of other days changed {path}")

    @_committing
    def replace_all(self, stored: Stored, rows: pl.LazyFrame, note: Note) -> None:
        """Put the rows in the place of the whole table."""
        self._sink(stored, rows, note, mode="overwrite")

    @_committing
    def replace_table(self, stored: Stored, rows: pl.LazyFrame, note: Note) -> None:
        """Put the rows in the place of the whole table, and their columns in that of its own."""
        self._sink(stored, rows, note, mode="overwrite", schema_mode="overwrite")

    @_committing
    def replace_partition(self, stored: Stored, rows: pl.DataFrame, value: str, note: Note) -> None:
        """Put the rows in the place of those of one value of a text partition column."""
        quoted = value.replace("'", "''")
        predicate = f"{stored.partition} = '{quoted}'"
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
        done = table.optimize.compact(commit_properties=self._as_before(name))
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
        self,
        stored: Stored,
        rows: pl.LazyFrame,
        note: Note,
        *,
        mode: Any,
        **more: str,
    ) -> None:
        _refuse_other_schema(stored, rows)
        options: dict[str, Any] = {
            "commit_properties": self._properties(note),
            "writer_properties": _WRITER,
            "partition_by": [stored.partition] if stored.partition else [],
            **more,
        }
        step("commit.begin")
        rows.select(list(stored.schema)).sink_delta(
            self._to_commit(stored.name), mode=mode, delta_write_options=options
        )
        step("commit.done")

    def _files(self, stored: Stored) -> tuple[int, set[tuple[str, Any]]]:
        """The newest version, and its files with their days."""
        table = self._to_commit(stored.name)
        actions = pl.DataFrame(table.get_add_actions(flatten=True))
        columns = ["path", f"partition.{stored.partition}"]
        return table.version(), set(actions.select(columns).rows()) if actions.height else set()


def _in_days(stored: Stored, days: frozenset[dt.date]) -> str:
    column = stored.partition
    return " OR ".join(
        f"({column} >= '{first}' AND {column} <= '{last}')" for first, last in spans(days)
    )


def _refuse_other_schema(stored: Stored, rows: pl.LazyFrame) -> None:
    problems = _differences(rows.collect_schema(), stored.schema)
    if problems:
        raise ColumnsError(stored.name, problems)


def _differences(found: pl.Schema, wanted: pl.Schema) -> Sequence[str]:
    missing = [f"`{name}` is missing" for name in wanted if name not in found]
    other = [
        f"`{name}` is {found[name]}, declared {wanted[name]}"
        for name in wanted
        if name in found and found[name] != wanted[name]
    ]
    return missing + other
