"""What the log tells of the rows of a data file: how many, and of each column ends and nulls."""

import datetime as dt
import json
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from mega_toys.declared.field import STATISTICS_BYTES

_COLUMNS = 32  # that are told of; the log of a wide table stays small
_SURROGATES = range(0xD800, 0xE000)
_LAST = 0x10FFFF


def statistics(schema: pl.Schema) -> Iterator[pl.Expr]:
    """Of some rows the number, and of the first columns how many are null, and both ends."""
    yield pl.len().alias("rows")
    for name, dtype in _told(schema):
        column = pl.col(name)
        yield column.null_count().alias(f"nulls {name}")
        if _has_ends(dtype):
            yield column.min().alias(f"least {name}")
            yield _most(column, dtype).alias(f"most {name}")


def as_json(schema: pl.Schema, found: Mapping[str, Any]) -> str:
    """What was found of a file, as Delta's log has it."""
    columns = _told(schema)
    ends = [name for name, dtype in columns if _has_ends(dtype)]
    least = {name: _text(found[f"least {name}"]) for name in ends}
    most = {name: _text(found[f"most {name}"], is_most=True) for name in ends}
    nulls = {name: str(found[f"nulls {name}"]) for name, _ in columns}
    return _object(
        {
            "numRecords": str(found["rows"]),
            "minValues": _object(least),
            "maxValues": _object(most),
            "nullCount": _object(nulls),
        }
    )


def _told(schema: pl.Schema) -> list[tuple[str, pl.DataType]]:
    return [(name, t) for name, t in schema.items() if not isinstance(t, pl.Struct)][:_COLUMNS]


def _has_ends(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or isinstance(dtype, (pl.String, pl.Date, pl.Datetime))


def _most(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """The largest value; of numbers among which is NaN, which some hold for larger, none."""
    return pl.when(~column.is_nan().any()).then(column.max()) if dtype.is_float() else column.max()


def _object(values: Mapping[str, str | None]) -> str:
    told = (f"{json.dumps(name)}:{text}" for name, text in values.items() if text is not None)
    return f"{{{','.join(told)}}}"


def _text(value: Any, *, is_most: bool = False) -> str | None:
    """A value in JSON; none where it cannot be told. A long text is cut, and its end rounded up."""
    match value:
        case str():
            cut = value.encode()[:STATISTICS_BYTES].decode(errors="ignore")
            told = just_after(cut) if is_most and cut != value else cut
            return None if told is None else json.dumps(told, ensure_ascii=False)
        case float():
            return json.dumps(value) if math.isfinite(value) else None
        case dt.datetime():
            return f'"{value.replace(tzinfo=None).isoformat()}{"Z" if value.tzinfo else ""}"'
        case dt.date():
            return f'"{value.isoformat()}"'
        case Decimal():
            return format(value, "f")
    return None if value is None else str(value)


def just_after(text: str) -> str | None:
    """A text that comes after all that begin with this one; none where there is none."""
    for at in reversed(range(len(text))):
        if (following := ord(text[at]) + 1) <= _LAST:
            following = _SURROGATES.stop if following in _SURROGATES else following
            return text[:at] + chr(following)
    return None
