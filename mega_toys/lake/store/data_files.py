"""The data files of a table, written by Polars in one pass; a commit names them afterwards."""

import time
import uuid
from collections.abc import Collection, Iterable, Iterator
from typing import Any
from urllib.parse import quote, unquote

import polars as pl
from deltalake.transaction import AddAction, RemoveAction
from polars.io.partition import FileProviderArgs, SinkedPath, SinkedPathsCallbackArgs

from mega_toys.lake.store.statistics import as_json, statistics
from mega_toys.lake.store.tables import Stored

_ROWS = 1 << 17  # of a file of a table in one piece: what changes rewrites files, not the table
_ROWS_OF_GROUP = 1 << 16  # of each file that is open at once so many are held in memory
_ONE = "_one_file"
_NO_END = "transport error"  # all that Polars says of a file of which the end cannot be written
_WHY_NO_END = "the disk is full, or a file of it too large"
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


def write(
    stored: Stored, rows: pl.LazyFrame, uri: str, options: dict[str, str] | None
) -> list[AddAction]:
    """Write rows beside the files of the table at an address, in bounded memory.

    A file for each value of the partition column; a table in one piece has so many rows a file.
    """
    if stored.partition:
        return list(_written(stored, stored.partition, rows, uri, options))
    in_order = rows.collect_batches(chunk_size=_ROWS, engine="streaming")
    parts = (part.lazy().with_columns(pl.lit(0).alias(_ONE)) for part in in_order)
    return [file for part in parts for file in _written(stored, _ONE, part, uri, options)]


def _written(
    stored: Stored, key: str, rows: pl.LazyFrame, uri: str, options: dict[str, str] | None
) -> Iterator[AddAction]:
    """A file for each value of the key, a column of the rows."""
    schema = pl.Schema({name: dtype for name, dtype in stored.schema.items() if name != key})
    files = _Files(stored.partition)
    sink = rows.select(*schema, key).sink_parquet(
        pl.PartitionBy(
            uri,
            file_path_provider=files.path,
            key=key,
            include_key=False,
            approximate_bytes_per_file=None,
        ),
        compression="zstd",
        compression_level=1,
        row_group_size=_ROWS_OF_GROUP,
        storage_options=options,
        mkdir=True,
        sinked_paths_callback=files.add,
        lazy=True,
    )
    tally = rows.group_by(key).agg(statistics(schema))
    try:
        _, found = pl.collect_all([sink, tally], engine="streaming")
    except pl.exceptions.ComputeError as error:
        if _NO_END in str(error):
            raise OSError(f"{stored.name} cannot be written: {_WHY_NO_END}") from None
        raise
    return files.actions(schema, {row[key]: row for row in found.iter_rows(named=True)})


def gone(files: pl.DataFrame, stored: Stored, *, is_change: bool = True) -> list[RemoveAction]:
    """What a commit says of data files, as the log describes them, that are to be no more."""
    now_ms = int(time.time() * 1000)
    key = stored.partition
    value = pl.col(f"partition.{key}").cast(pl.String) if key else pl.lit(None)
    named = files.select("path", "size_bytes", value.alias("value")).rows()
    return [
        RemoveAction(unquote(path), is_change, now_ms, size, {key: value} if key else {})
        for path, size, value in named
    ]


def refuse_others(stored: Stored, files: Iterable[AddAction], values: Collection[str]) -> None:
    """Raise AssertionError where files are of other values of the partition column than wanted."""
    for file in files:
        if file.partition_values[str(stored.partition)] not in values:
            raise AssertionError(f"{stored.name}: {file.path} would be added to what is replaced")


class _Files:
    """The files that a sink makes, and of which value of its key each is."""

    def __init__(self, partition: str | None) -> None:
        self._partition = partition
        self._begun: dict[str, tuple[str, Any]] = {}  # by name: path below the table, and value
        self._made: list[SinkedPath] = []

    def path(self, of: FileProviderArgs) -> str:
        """Where a file is to lie below the table."""
        value = of.partition_keys.item()
        name = f"part-{of.index_in_partition:05}-{uuid.uuid4()}-c000.zstd.parquet"
        folder = _NO_VALUE if value is None else quote(str(value), safe="")
        path = f"{self._partition}={folder}/{name}" if self._partition else name
        self._begun[name] = path, value
        return path

    def add(self, made: SinkedPathsCallbackArgs) -> None:
        """Files that are whole."""
        self._made += made.paths

    def actions(self, schema: pl.Schema, rows: dict[Any, dict[str, Any]]) -> Iterator[AddAction]:
        """What a commit says of each file, by what is known of the rows of each value."""
        now_ms = int(time.time() * 1000)
        for made in self._made:
            path, value = self._begun[made.path.rpartition("/")[2]]
            if made.num_rows != rows[value]["rows"]:
                raise AssertionError(f"{path} has {made.num_rows} rows of {rows[value]['rows']}")
            yield AddAction(
                path=path,
                size=made.num_bytes,
                partition_values=self._values(value),
                modification_time=now_ms,
                data_change=True,
                stats=as_json(schema, rows[value]),
            )

    def _values(self, value: Any) -> dict[str, str | None]:
        if self._partition is None:
            return {}
        return {self._partition: None if value is None else str(value)}
