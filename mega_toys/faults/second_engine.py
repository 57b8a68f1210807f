"""A second reader of the lake: DuckDB over the files that a Delta log names, parsed here."""

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import polars as pl

from mega_toys.lake.store.store import Store

_COMMIT = re.compile(r"\d{20}\.json")
_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint\.parquet")
Files = dict[str, dict[str, str | None]]  # by path: the values of the partition columns


def read_otherwise(store: Store, names: list[str], lake: Path) -> list[str]:
    """The tables of which DuckDB reads other rows from the lake's files than the lake itself."""
    with duckdb.connect() as connection:
        return [
            f"{name}: DuckDB reads other rows from the files of its log"
            for name in names
            if store.exists(name) and _differs(store, name, lake, connection)
        ]


def _differs(store: Store, name: str, lake: Path, connection: duckdb.DuckDBPyConnection) -> bool:
    own = store.scan(name).collect()
    other: Counter[str] = Counter()
    for path, values in _files(lake / store.path(name), connection).items():
        rows = connection.read_parquet(path, hive_partitioning=False).pl()
        constant = {column: _typed(value, own.schema[column]) for column, value in values.items()}
        whole = rows.with_columns(**constant).select(own.columns).cast(dict(own.schema))
        other.update(map(repr, whole.iter_rows()))
    return Counter(map(repr, own.iter_rows())) != other


def _typed(value: str | None, dtype: pl.DataType) -> pl.Expr:
    """The value of a partition column, which the log has as text."""
    is_day = value is not None and dtype == pl.Date()
    return pl.lit(dt.date.fromisoformat(value) if is_day and value else value, dtype)


def _files(table: Path, connection: duckdb.DuckDBPyConnection) -> Files:
    """The files that make up the table now: those of the last checkpoint and of what came later."""
    log, found, since = table / "_delta_log", Files(), -1
    checkpoints = [at for path in log.iterdir() if (at := _CHECKPOINT.fullmatch(path.name))]
    if checkpoints:
        last = max(checkpoints, key=lambda at: at[1])
        since = int(last[1])
        added = connection.read_parquet(str(log / last[0])).select("add").pl()["add"]
        found |= dict(_added(table, add) for add in added if add)
    for action in _actions(log, since):
        if "remove" in action:
            found.pop(str(table / unquote(action["remove"]["path"])), None)
        if "add" in action:
            found |= [_added(table, action["add"])]
    return found


def _added(table: Path, add: dict[str, Any]) -> tuple[str, dict[str, str | None]]:
    values = add["partitionValues"] or {}
    pairs = values if isinstance(values, dict) else {one["key"]: one["value"] for one in values}
    return str(table / unquote(add["path"])), dict(pairs)


def _actions(log: Path, since: int) -> Iterator[dict[str, Any]]:
    commits = sorted(path for path in log.iterdir() if _COMMIT.fullmatch(path.name))
    for commit in commits:
        if int(commit.stem) > since:
            yield from map(json.loads, commit.read_text().splitlines())
