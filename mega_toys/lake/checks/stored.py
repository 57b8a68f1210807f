"""Checks of a table as it lies in the lake: its columns and its keys.

Every build proves both of the rows it writes; these look whether that is what the lake holds.
"""

import datetime as dt
from typing import Any

import polars as pl

from mega_toys.declared.table import Bronze
from mega_toys.lake.checks.check import Query, Told, found
from mega_toys.lake.checks.look import Look
from mega_toys.lake.run.found import Found


def _columns(look: Look) -> Found:
    stored, declared = look.schema, look.table.schema
    undeclared = [{"column": name, "problem": "is undeclared"} for name in stored.keys() - declared]
    wrong = [
        {"column": name, "problem": f"is {stored.get(name)}, declared {declared[name]}"}
        for name in look.other_columns
    ]
    wrong = wrong or _nulls(look)
    numbers = {"columns": len(stored)}
    if undeclared and not wrong:  # harms nobody who reads what is declared
        told = {"blocks": False, "severity": "warn", "numbers": numbers}
        return found(SCHEMA_IS_AS_DECLARED, *undeclared, **told)
    return found(SCHEMA_IS_AS_DECLARED, *wrong, *undeclared, numbers=numbers)


def _nulls(look: Look) -> list[dict[str, Any]]:
    """The columns that have nulls and must not; told by the log."""
    day = look.table.day_column
    columns = look.table.columns.items()
    judged = [name for name, column in columns if not column.nullable and name != day]
    nulls = {name: f"null_count.{name}" for name in judged}
    told = [pl.col(there).sum().alias(name) for name, there in nulls.items() if there in look.log]
    if day and not look.log.is_empty():
        told.append(
            pl.col("num_records").filter(pl.col(f"partition.{day}").is_null()).sum().alias(day)
        )
    rows = look.log.select(told).row(0, named=True) if told else {}
    return [{"column": name, "problem": f"is null in {n} rows"} for name, n in rows.items() if n]


def _not_unique(look: Look, days: set[dt.date]) -> pl.LazyFrame:
    if isinstance(look.table, Bronze):
        return _records_not_once(look, days)
    key, rows = look.table.rows.primary_key(), look.new_rows(KEYS_ARE_UNIQUE.name, days)
    return rows.group_by(key).agg(rows=pl.len()).filter(pl.col("rows") > 1)


def _records_not_once(look: Look, days: set[dt.date]) -> pl.LazyFrame:
    """Files whose positions are not 0, 1, … n−1: cheaper to tell than each row's uniqueness."""
    at, rows = pl.col("_row"), pl.col("rows")
    counted = (
        look.rows(days)
        .group_by("_file", day="_landed_on")
        .agg(rows=pl.len().cast(pl.Int64), first=at.min(), last=at.max(), total=at.sum())
    )
    once = (pl.col("first") == 0) & (pl.col("last") == rows - 1)
    return counted.filter(~(once & (pl.col("total") == rows * (rows - 1) // 2))).drop("total")


SCHEMA_IS_AS_DECLARED = Told(
    name="schema_is_as_declared",
    description="The lake holds the declared columns in their types, and no null where none may "
    "be. Told by the table's log; no row is read.",
    blocks=True,
    look=_columns,
)
KEYS_ARE_UNIQUE = Query(
    name="keys_are_unique",
    description="No two rows of a day have the same key. In bronze: each record of a file is "
    "there exactly once. Where only some keys are touched by news, these are looked at.",
    blocks=True,
    wrong=_not_unique,
    of_keys=True,
)
