"""Which rows a commit replaces, as Delta is told; and the files by which that is seen to hold."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

import polars as pl
from deltalake import DeltaTable

from mega_toys.lake.store.tables import Stored

_MOST_VALUES = 10_000  # that a predicate names


def quoted(values: Iterable[object]) -> str:
    """Values as texts in SQL."""
    return ", ".join("'{}'".format(str(value).replace("'", "''")) for value in values)


def in_values(column: str, values: pl.Series) -> str | None:
    """Whether a column has one of the values, as SQL.

    None where they are too many, none, or of a type that is not written so.
    """
    different = values.unique()
    if different.is_empty() or different.len() > _MOST_VALUES:
        return None
    if different.dtype.is_integer():
        return f'"{column}" IN ({", ".join(map(str, different))})'
    is_text = different.dtype in (pl.String(), pl.Date())
    return f'"{column}" IN ({quoted(different)})' if is_text else None


def files_by_day(table: DeltaTable, stored: Stored) -> set[tuple[str, Any]]:
    """The files of the version that a handle knows, with their days."""
    actions = pl.DataFrame(table.get_add_actions(flatten=True))
    columns = ["path", f"partition.{stored.partition}"]
    return set(actions.select(columns).rows()) if actions.height else set()


def refuse_other_days(
    stored: Stored, changed: Iterable[tuple[str, Any]], wanted: Collection[dt.date]
) -> None:
    """Raise AssertionError where files were changed of other days than those wanted."""
    for path, day in changed:
        if day not in wanted:
            raise AssertionError(f"{stored.name}: a commit of other days changed {path}")
