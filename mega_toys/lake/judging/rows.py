"""Rows about to be written: are they as declared, and do they differ from those there?"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from mega_toys.declared import unnamed
from mega_toys.declared.errors import RowsError
from mega_toys.declared.table import Table


def built(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the declared columns in order; refuses a null or key that must not be."""
    rows = rows.select(
        _as_declared(rows.schema, name, dtype) for name, dtype in table.schema.items()
    )
    for name, column in table.columns.items():
        if not column.nullable and rows[name].null_count():
            example = rows.filter(pl.col(name).is_null()).row(0, named=True)
            raise RowsError(str(table.name), f"`{name}` is null", _shown(table, example))
    key = table.rows.primary_key()
    if key and not (twice := _twice(rows, key)).is_empty():
        example = twice.row(0, named=True)
        raise RowsError(str(table.name), f"{key} is not unique", _shown(table, example))
    return rows


def _twice(rows: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The rows whose key others have, too: looked for among those of the same hash."""
    alike = rows.filter(pl.struct(key).hash().is_duplicated())
    return alike.filter(pl.struct(key).is_duplicated())


def _shown(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return unnamed.shown(row, table, unnamed.private_columns([table]))


def _as_declared(found: pl.Schema, name: str, dtype: pl.DataType) -> pl.Expr:
    """The column; a count or an exact amount of another width fails only where it overflows."""
    made = found.get(name)
    whole = made is not None and made.is_integer() and dtype.is_integer()
    exact = (
        isinstance(made, pl.Decimal) and isinstance(dtype, pl.Decimal) and made.scale == dtype.scale
    )
    return pl.col(name).cast(dtype) if whole or exact else pl.col(name)


def rows_of(days: Iterable[dt.date], rows: pl.DataFrame) -> int:
    """How many of the rows are of these days."""
    return int(rows["day"].is_in(list(days)).sum())


def days_of(rows: pl.LazyFrame) -> set[dt.date]:
    """The days that rows are of."""
    return set(rows.select("day").unique().collect(engine="streaming").to_series())


def differing_days(
    before: pl.LazyFrame,
    after: pl.DataFrame | pl.LazyFrame,
    day: str,
    columns: Sequence[str],
    days: Iterable[dt.date],
) -> set[dt.date]:
    """Those of the days whose rows are other ones after than before, whatever their order.

    Rows are compared only of days that have had some.
    """
    there = _fingerprints(before, day, columns)
    again = after.lazy().filter(pl.col(day).is_in(list(there)))
    made = _fingerprints(again, day, columns) if there else {}
    new = _values(after, day) - there.keys()
    return {at for at in days if at in new or there.get(at) != made.get(at)}


def _values(rows: pl.DataFrame | pl.LazyFrame, column: str) -> set[dt.date]:
    if isinstance(rows, pl.DataFrame):
        return set(rows[column].unique())
    return set(rows.select(column).unique().collect(engine="streaming").to_series())


def differ(before: pl.LazyFrame, after: pl.LazyFrame, columns: Sequence[str]) -> bool:
    """Whether two sets of rows differ, whatever their order."""
    counted = (pl.len(), pl.struct(columns).hash().sum().alias("rows"))
    old, new = (rows.select(counted).collect(engine="streaming") for rows in (before, after))
    return not old.equals(new)


def _fingerprints(
    rows: pl.LazyFrame, day: str, columns: Sequence[str]
) -> dict[dt.date, tuple[int, int]]:
    hashed = rows.select(pl.col(day).alias("at"), pl.struct(columns).hash().alias("row"))
    found = hashed.group_by("at").agg(pl.len(), pl.col("row").sum()).collect(engine="streaming")
    return {at: (count, rows) for at, count, rows in found.rows()}
