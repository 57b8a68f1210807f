"""An answer of DuckDB as a frame, of types that Polars and JSON have."""

import re
from collections.abc import Sequence

import duckdb
import polars as pl

from mega_toys.declared.errors import QueryError
from mega_toys.lake.fields.native import in_calendar
from mega_toys.lake.reading.source import quoted

_FOREIGN = re.compile(
    r"\b(UHUGEINT|BIGNUM|INTERVAL|BIT|UNION|MAP|VARIANT|GEOMETRY|TIME WITH TIME ZONE|TIME_NS)\b"
)
_NESTED = re.compile(r"\[|STRUCT|JSON")
_DIGITS = 38  # of the widest decimal
_OTHER_BYTES = 16  # of a value of another type, as of what points to a text
_FIXED_BYTES = {"BOOLEAN": 1, "INTEGER": 4, "DATE": 4, "BIGINT": 8, "DOUBLE": 8, "TIMESTAMP": 8}
_BEYOND = "the answer goes beyond its bound"  # an error of the query


def frame_of(found: duckdb.DuckDBPyRelation | None, most_bytes: int) -> pl.DataFrame:
    """The rows of an answer; none of a statement that has no rows.

    Raises MemoryError once they are known to be of more than so many bytes.
    """
    if found is None:
        return pl.DataFrame()
    try:
        rows: pl.DataFrame = _ending_beyond(_plain(found), most_bytes).pl()
    except duckdb.Error as error:
        if _BEYOND in str(error):
            raise MemoryError from None
        raise
    return rows


def _ending_beyond(found: duckdb.DuckDBPyRelation, most_bytes: int) -> duckdb.DuckDBPyRelation:
    """The same rows; their query ends with an error where it has given too many bytes.

    DuckDB holds the rows of an answer outside of the memory that it may take.
    """
    columns = [f"#{at}" for at in range(1, len(found.columns) + 1)]
    held = f"sum({_bytes(found)}) OVER (ROWS UNBOUNDED PRECEDING)"
    counted = found.project(", ".join([*(f"{one} AS c{one[1:]}" for one in columns), held]))
    last = f"#{len(columns) + 1}"
    ending = f"CASE WHEN {last} > {most_bytes} THEN error('{_BEYOND}') END"
    checked = counted.project(", ".join([*columns, f"{ending} AS beyond"]))
    named = zip(columns, found.columns, strict=True)
    return checked.filter("beyond IS NULL").project(
        ", ".join(f"{one} AS {quoted(name)}" for one, name in named)
    )


def _bytes(found: duckdb.DuckDBPyRelation) -> str:
    """How many bytes a row takes, as SQL."""
    kinds = list(map(str, found.types))
    told = [_more_bytes(at, kind) for at, kind in enumerate(kinds, 1)]
    fixed = sum(_FIXED_BYTES.get(kind, _OTHER_BYTES) for kind in kinds)
    return _sum([f"CAST({fixed} AS BIGINT)", *(f"coalesce({one}, 0)" for one in told if one)])


def _more_bytes(at: int, kind: str) -> str | None:
    if kind == "BLOB":
        return f"octet_length(#{at})"
    is_text, is_nested = kind == "VARCHAR", bool(_NESTED.search(kind))
    return f"strlen(CAST(#{at} AS VARCHAR))" if is_text or is_nested else None


def _sum(terms: Sequence[str]) -> str:
    """Their sum, which is not nested deep where they are many."""
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return f"({_sum(terms[:half])} + {_sum(terms[half:])})"


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
