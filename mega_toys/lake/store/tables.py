"""The lake: the one way to read a table, as it is or was, and what its log tells of its rows."""

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Self
from urllib.parse import unquote

import polars as pl
from deltalake.exceptions import DeltaError

from mega_toys.declared.errors import ColumnsError, DamagedTableError, StoredSchemaError
from mega_toys.lake.store.history import NO_CHANGE
from mega_toys.lake.store.log import ASIDE, Logs
from mega_toys.lake.store.mending import of_table

_MAGIC = b"PAR1"
_OF_DAYS = 200  # of the newest commits, which are looked at for the days of versions
_NOTHING_WRITTEN = "Nothing was written. Refresh the table, which gives it the declared columns."


@dataclass(frozen=True)
class Stored:
    """How a table lies in the lake: its name, columns and partition column."""

    name: str
    schema: pl.Schema
    partition: str | None = None


@dataclass(frozen=True)
class Tables(Logs):
    """The tables below one root, to be read."""

    def beside(self, names: Iterable[object]) -> Self:
        """This lake, but for these tables, which lie beside the live ones and are empty yet."""
        self.clear_aside()
        return type(self)(self.root, frozenset(map(str, names)))

    def clear_aside(self) -> bool:
        """Remove what lies beside the live tables; whether there was any."""
        return self.place.remove_below(ASIDE)

    def other_columns(self, stored: Stored) -> Sequence[str]:
        """In what the columns of a table that is there differ from those wanted, in words.

        Also the column by which its files lie apart.
        """
        found = self.schema(stored.name)
        if found is None:
            return []
        gone = [f"`{name}` is declared no longer" for name in found if name not in stored.schema]
        return [*differences(found, stored.schema), *gone, *self.other_partition(stored)]

    def other_partition(self, stored: Stored) -> Sequence[str]:
        """In words, where the rows of a table that is there do not lie by the wanted column."""
        wanted = [stored.partition] if stored.partition else []
        there = self._once("partition", stored.name, lambda t: t.metadata().partition_columns)
        if there is None or there == wanted:
            return []
        told = [
            f"by `{', '.join(names)}`" if names else "in one piece" for names in (there, wanted)
        ]
        return [f"its rows lie {told[0]}, declared {told[1]}"]

    def refuse_other_columns(self, stored: Stored, way_out: str) -> None:
        """Raise StoredSchemaError where the table's columns are others than those wanted."""
        if problems := self.other_columns(stored):
            raise StoredSchemaError(stored.name, self.uri(stored.name), problems, way_out)

    def refuse_other_types(self, stored: Stored) -> None:
        """Raise StoredSchemaError where the table cannot have rows as declared beside its own."""
        problems = differences(self.schema(stored.name) or pl.Schema(), stored.schema)
        if problems := [*problems, *self.other_partition(stored)]:
            raise StoredSchemaError(stored.name, self.uri(stored.name), problems, _NOTHING_WRITTEN)

    def scan(self, name: object, version: int | dt.datetime | None = None) -> pl.LazyFrame:
        """The table as it is now, or as it was at a version or an instant."""
        table = self._open(name)
        if table and version in (None, table.version()):
            return pl.scan_delta(table)
        return pl.scan_delta(
            self.uri(name), version=version, storage_options=self.place.storage_options
        )

    def log_begins_at(self, name: object) -> dt.datetime | None:
        """When the oldest commit that the log has was made."""
        at = [entry["timestamp"] for entry in self._entries(name)]
        return dt.datetime.fromtimestamp(min(at) / 1000, dt.UTC) if at else None

    def schema(self, name: object) -> pl.Schema | None:
        """The columns of a table that is there."""
        return self._once("schema", name, lambda table: pl.Schema(table.schema()))

    def files(self, name: object) -> pl.DataFrame:
        """The data files of a table as its log describes them: path, day, rows, nulls, …"""
        files = self._once(
            "files", name, lambda table: pl.DataFrame(table.get_add_actions(flatten=True))
        )
        return pl.DataFrame() if files is None else files

    def newest_of_days(self, name: object, most: int) -> Iterator[tuple[dt.date, int]]:
        """The last version of each of the last days on which the table was written, newest first.

        Of at most so many days; of the last commits alone, where a day has very many.
        """
        found: dict[dt.date, int] = {}
        for entry in self._newest(name, _OF_DAYS):
            day = dt.datetime.fromtimestamp(entry["timestamp"] / 1000, dt.UTC).date()
            if entry.get("operation") not in NO_CHANGE:
                found.setdefault(day, entry["version"])
        return islice(found.items(), most)

    def files_at(self, name: object, version: int) -> pl.DataFrame | None:
        """The data files as the log described them at a version; none where it is gone."""
        try:
            table = self.opened(name, version)
        except DeltaError:
            return None
        return pl.DataFrame(table.get_add_actions(flatten=True))

    def rows_by_day(self, stored: Stored) -> dict[dt.date, int]:
        """Number of rows of each day, from the table's log alone."""
        actions = self.files(stored.name)
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
        actions = self.files(stored.name)
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
        actions, folder = self.files(name), self.path(name)
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

    def days_above(self, stored: Stored, column: str, value: int) -> set[dt.date]:
        """The days on which some row may have more in a column, as far as the log can tell."""
        largest, actions = f"max.{column}", self.files(stored.name)
        if largest in actions.columns:
            actions = actions.filter((pl.col(largest) > value).fill_null(True))
        return set(actions[f"partition.{stored.partition}"]) if actions.height else set()

    def days_with_values(self, stored: Stored, column: str) -> set[dt.date]:
        """The days on which some row has a value in a column, as far as the log can tell."""
        actions = self.files(stored.name)
        nulls = f"null_count.{column}"
        if nulls in actions.columns:
            some = pl.col(nulls).is_null() | (pl.col(nulls) < pl.col("num_records"))
            actions = actions.filter(some)
        return set(actions[f"partition.{stored.partition}"]) if actions.height else set()


def differences(found: pl.Schema, wanted: pl.Schema) -> Sequence[str]:
    """In what columns differ from those wanted, in words; more of them are no difference."""
    missing = [f"`{name}` is missing" for name in wanted if name not in found]
    other = [
        f"`{name}` is {found[name]}, declared {wanted[name]}"
        for name in wanted
        if name in found and found[name] != wanted[name]
    ]
    return missing + other


def refuse_other_schema(stored: Stored, rows: pl.LazyFrame) -> None:
    """Raise ColumnsError where rows have other columns than a table is declared with."""
    problems = differences(rows.collect_schema(), stored.schema)
    if problems:
        raise ColumnsError(stored.name, problems)
