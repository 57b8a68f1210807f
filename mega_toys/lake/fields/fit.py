"""What fits a type: values as sent become values as stored, and what does not fit is told apart.

A column that holds values of several kinds is fitted kind by kind; texts by `texts.py`.
"""

import datetime as dt
import decimal
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

import polars as pl

from mega_toys.declared.field import Type
from mega_toys.lake.fields.native import (
    JsonTexts,
    Values,
    in_calendar,
    instant_text,
    json_text,
    null_where,
    plain,
)
from mega_toys.lake.fields.texts import (
    BLANKS,
    FIRST_INT,
    FROM_TEXT,
    LAST_INT,
    MONEY,
)

MONEY_END = 10**14  # 18 digits, four of them decimals
_SERIES: dict[type, pl.DataType] = {
    str: pl.String(),
    float: pl.Float64(),
    bool: pl.Boolean(),
    bytes: pl.Binary(),
    dt.date: pl.Date(),
}
STORED: dict[Type, pl.DataType] = {
    "text": pl.String(),
    "int": pl.Int64(),
    "number": pl.Float64(),
    "money": MONEY,
    "bool": pl.Boolean(),
    "date": pl.Date(),
    "time": pl.String(),
    "list": pl.String(),
    "object": pl.String(),
}


class Fitted(NamedTuple):
    """Values in their stored type, and which of them were sent but do not fit."""

    values: pl.Series
    unfit: pl.Series


def fit_values(values: Values, to: Type) -> Fitted:
    """Values as a decoder gives them, as their stored type."""
    if isinstance(values, JsonTexts):
        return fit_texts(values, to)
    return fit(values, to) if isinstance(values, pl.Series) else fit_objects(values, to)


def fit(values: pl.Series, to: Type) -> Fitted:
    """Values of one kind, as their stored type."""
    dtype = values.dtype
    if dtype == pl.Binary:
        return _from_binary(values, to)
    if isinstance(dtype, (pl.Categorical, pl.Enum)):
        values, dtype = values.cast(pl.String), pl.String()
    if dtype == pl.String:
        return _from_text(values, to)
    if isinstance(dtype, pl.Decimal):
        return (
            _nothing(values, to)
            if to == "text" and dtype.scale
            else _from_text(values.cast(pl.String), to)
        )
    if dtype.is_integer():
        return _from_int(values, to)
    if dtype.is_float():
        return _from_float(values, to)
    if to == "time" and isinstance(dtype, pl.Datetime) and dtype.time_zone:
        return _from_instant(values)
    if to == "bool" and dtype == pl.Boolean:
        return _judged(values, values)
    if to == "date" and dtype == pl.Date:
        return _judged(values, null_where(values, ~in_calendar(values)))
    if dtype.is_nested():
        return fit_objects(plain(values), to)
    return _nothing(values, to)


def fit_objects(values: Sequence[Any], to: Type) -> Fitted:
    """Python values, as a decoder gives them, of any mixture of kinds."""
    kinds = set(map(type, values)) - {type(None)}
    if not kinds:
        return _nothing(pl.repeat(None, len(values), dtype=pl.Null, eager=True), to)
    if len(kinds) == 1:
        return _fit_kind(values, kinds.pop(), to)
    parts = [
        _fit_kind([value if type(value) is kind else None for value in values], kind, to)
        for kind in kinds
    ]
    return Fitted(
        pl.select(pl.coalesce(part.values for part in parts)).to_series(),
        pl.select(pl.any_horizontal(part.unfit for part in parts)).to_series(),
    )


def fit_texts(values: JsonTexts, to: Type) -> Fitted:
    """Lists, or objects, as JSON texts."""
    fits = to == ("list" if values.kind is list else "object")
    return _judged(values.texts, values.texts) if fits else _nothing(values.texts, to)


def _fit_kind(values: Sequence[Any], kind: type, to: Type) -> Fitted:
    """Values of one Python kind, or none."""
    if kind in (list, dict):
        texts = [None if value is None else json_text(value) for value in values]
        return fit_texts(JsonTexts(pl.Series(texts, dtype=pl.String), kind), to)
    if kind is dt.datetime:
        texts = [None if value is None else instant_text(value) for value in values]
        sent = pl.Series(texts, dtype=pl.String)
        return _from_text(sent, to) if to == "time" else _nothing(sent, to)
    if kind is int and (whole := _whole_numbers(values)) is not None:
        return fit(whole, to)
    if kind in _SERIES:
        return fit(pl.Series(values, dtype=_SERIES[kind]), to)
    plain = (lambda value: format(value, "f")) if kind is decimal.Decimal else str
    if kind not in (int, decimal.Decimal, uuid.UUID):
        return _nothing(pl.Series([None if v is None else "" for v in values], dtype=pl.String), to)
    sent = pl.Series([None if value is None else plain(value) for value in values], dtype=pl.String)
    fitted = _from_text(sent, to)
    if kind is decimal.Decimal and to == "text":
        fraction = sent.str.contains(".", literal=True).fill_null(False)
        return Fitted(null_where(fitted.values, fraction), fitted.unfit | fraction)
    return fitted


def _whole_numbers(values: Sequence[Any]) -> pl.Series | None:
    """Integers of 64 bits; none where one is beyond."""
    try:
        return pl.Series(values, dtype=pl.Int64)
    except (OverflowError, TypeError):
        return None


def _from_text(values: pl.Series, to: Type) -> Fitted:
    sent = values.str.strip_chars(BLANKS)
    sent = null_where(sent, (sent == "").fill_null(False))
    return _judged(sent, FROM_TEXT[to](sent))


def _judged(sent: pl.Series, fitted: pl.Series) -> Fitted:
    """What was sent and became nothing does not fit."""
    return Fitted(fitted, sent.is_not_null() & fitted.is_null())


def _nothing(sent: pl.Series, to: Type) -> Fitted:
    """Nothing of what was sent fits."""
    return Fitted(
        pl.Series([None], dtype=STORED[to]).new_from_index(0, len(sent)), sent.is_not_null()
    )


def _from_int(values: pl.Series, to: Type) -> Fitted:
    if to == "text":
        return _judged(values, values.cast(pl.String))
    if to == "number":
        return _judged(values, values.cast(pl.Float64))
    if to in ("int", "money"):
        return _from_text(values.cast(pl.String), to)
    return _nothing(values, to)


def _from_float(values: pl.Series, to: Type) -> Fitted:
    values = values.cast(pl.Float64)
    if to == "number":
        return _judged(values, null_where(values, (~values.is_finite()).fill_null(False)))
    if to == "int":
        fits = (values == values.floor()) & (values >= FIRST_INT) & (values < LAST_INT)
        return _judged(values, null_where(values, ~fits.fill_null(False)).cast(pl.Int64))
    if to == "money":
        return _judged(values, _rounded(values))
    return _nothing(values, to)


def _rounded(values: pl.Series) -> pl.Series:
    """Half to even at four places, of the shortest decimal text of each number."""
    near = values.is_finite() & (values.abs() < MONEY_END)
    exact = near & (values.round(4) == values)
    texts = null_where(values, ~exact.fill_null(False)).cast(pl.String)
    done = texts.cast(MONEY, strict=False)
    rest = (near & done.is_null()).fill_null(False).arg_true()
    if rest.is_empty():
        return done
    return done.scatter(rest, pl.Series([_half_even(v) for v in values.gather(rest)], dtype=MONEY))


def _half_even(value: float) -> decimal.Decimal | None:
    rounded = decimal.Decimal(repr(value)).quantize(
        decimal.Decimal("0.0001"), decimal.ROUND_HALF_EVEN
    )
    return rounded if abs(rounded) < MONEY_END else None


def _from_instant(values: pl.Series) -> Fitted:
    within = null_where(values, ~in_calendar(values)).cast(pl.Datetime("us", "UTC"))
    return _judged(values, within.dt.strftime("%Y-%m-%dT%H:%M:%S.%6fZ"))


def _from_binary(values: pl.Series, to: Type) -> Fitted:
    texts = [utf8(value) for value in values.to_list()]
    fitted = _from_text(pl.Series(texts, dtype=pl.String), to)
    blank = pl.Series(
        [
            value is not None and text is None
            for value, text in zip(values.to_list(), texts, strict=True)
        ],
        dtype=pl.Boolean,
    )
    return Fitted(fitted.values, fitted.unfit | blank)


def utf8(value: bytes | None) -> str | None:
    """Bytes as text; none where they are no UTF-8."""
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
