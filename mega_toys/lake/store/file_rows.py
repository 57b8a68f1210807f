"""The rows of some data files of a table, read without a look at all that its log names."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

import polars as pl

from mega_toys.lake.store.tables import Stored, Tables

_FEW_ROWS = 50_000  # that are held in memory


@dataclass(frozen=True)
class FileRows(Tables):
    """The tables below one root, with the rows of some of their files."""

    _partitions: dict[tuple[str, str], tuple[tuple[str, ...], pl.DataFrame]] = field(
        default_factory=dict, compare=False, repr=False
    )  # rows of a partition, and of which files and columns they are

    def of_partition(self, stored: Stored, value: str) -> pl.DataFrame:
        """The rows of one value of a text partition column; none of a table that is not made.

        Held until other files hold them, where they are few.
        """
        files, schema = self.files(stored.name), self.schema(stored.name)
        if files.is_empty() or schema is None:
            return stored.schema.to_frame()
        mine = files.filter(pl.col(f"partition.{stored.partition}") == value)
        key, source = (self.uri(stored.name), value), (*sorted(mine["path"]), *schema)
        held = self._partitions.get(key)
        if held and held[0] == source:
            return held[1]
        rows = self.of_files(stored, mine["path"], value, schema).collect()
        if rows.height <= _FEW_ROWS:
            self._partitions[key] = source, rows
        return rows

    def _of_files(self, name: str, paths: Iterable[str], schema: pl.Schema) -> pl.LazyFrame:
        """The rows of some data files, `_path` among them: a sixth of what a scan of Delta costs.

        Without the partition column, which the files do not have.
        """
        files = [f"{self.uri(name)}/{unquote(path)}" for path in paths]
        if not files:
            return pl.LazyFrame(schema={**schema, "_path": pl.String()})
        return pl.scan_parquet(
            files,
            schema=schema,
            missing_columns="insert",
            glob=False,
            hive_partitioning=False,
            include_file_paths="_path",
            storage_options=self.place.storage_options,
        )

    def of_files(
        self,
        stored: Stored,
        paths: Iterable[str],
        value: object = None,
        schema: pl.Schema | None = None,
    ) -> pl.LazyFrame:
        """The rows of some data files, of a value of the partition column if the table has one."""
        schema, key = schema or stored.schema, stored.partition
        rows = self._of_files(
            stored.name, paths, pl.Schema({n: t for n, t in schema.items() if n != key})
        )
        filled = rows if key is None else rows.with_columns(pl.lit(value, schema[key]).alias(key))
        return filled.select(list(schema))

    def files_with(self, stored: Stored, wanted: pl.Expr) -> pl.DataFrame:
        """The data files of a table in one piece that have rows as wanted, as `files` does."""
        files = self.files(stored.name)
        if files.is_empty():
            return pl.DataFrame(schema={"path": pl.String(), "size_bytes": pl.Int64()})
        rows = self._of_files(stored.name, files["path"], stored.schema).filter(wanted)
        paths = rows.select(pl.col("_path").unique()).collect(engine="streaming")["_path"]
        names = {path.rpartition("/")[2] for path in paths}
        return files.filter(pl.col("path").str.split("/").list.last().is_in(names))
