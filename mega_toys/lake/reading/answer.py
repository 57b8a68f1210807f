"""An answer of DuckDB as a frame, of types that Polars and JSON have."""

import re

import duckdb
import polars as pl

from mega_toys.declared.errors import QueryError
from mega_toys.lake.fields.native import in_calendar
from mega_toys.lake.reading.source import quoted

_FOREIGN = re.compile(
    r"\b(UHUGEINT|BIGNUM|INTERVAL|BIT|UNION|MAP|VARIANT|GEOMETRY|TIME WITH TIME ZONE|TIME_NS)\b"
)
_DIGITS = 38  # of the widest decimal


def frame_of(found: duckdb.DuckDBPyRelation | None) -> pl.DataFrame:
    """The rows of an answer; none of a statement that has no rows."""
    return pl.DataFrame() if found is None else _plain(found).pl()


def narrowed(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with numbers that JSON has, where they fit; QueryError of days that Polars lacks."""
    _refuse_beyond_calendar(rows)
    return rows.with_columns(_narrowed(column) for column in rows)


def _plain(found: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """The rows with values of types that Polars has not as DuckDB's text of them."""
    kinds = list(map(str, found.types))
    if not any(map(_is_foreign, kinds)):
        return found
    return found.project(
        ", ".join(
            f"CAST(#{at} AS VARCHAR) AS {quoted(name)}" if _is_foreign(kind) else f"#{at}"
            for at, (name, kind) in enumerate(zip(found.columns, kinds, strict=True), 1)
        )
    )


def _is_foreign(kind: str) -> bool:
    return bool(_FOREIGN.search(kind)) or ("BLOB" in kind and kind != "BLOB")


def _refuse_beyond_calendar(rows: pl.DataFrame) -> None:
    for column in rows:
        has_days = column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime)
        if has_days and not in_calendar(column).all():
            raise QueryError(
                f"`{column.name}` holds a day beyond the years 1 to 9999: "
                f"CAST({quoted(column.name)} AS VARCHAR) shows it."
            )


def _narrowed(column: pl.Series) -> pl.Series:
    """A sum of whole numbers as 64 bits where it fits, since JSON has no wider numbers.

    As text where it has more than the 38 digits of a decimal.
    """
    if column.dtype not in (pl.Int128, pl.Decimal(38, 0)):
        return column
    narrow = column.cast(pl.Int64, strict=False)
    if narrow.null_count() == column.null_count():
        return narrow
    texts = column.cast(pl.String)
    return texts if (texts.str.len_bytes() > _DIGITS).any() else column
