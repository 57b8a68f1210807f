"""What fits a type: values as sent become values as stored, and what does not fit is told apart.

A column that holds values of several kinds is fitted kind by kind; texts by `texts.py`.
"""

import datetime as dt
import decimal
import json
import math
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
import polars as pl

from mega_toys.declared.field import Type
from mega_toys.lake.fields.texts import (
    BLANKS,
    FIRST_INSTANT,
    FIRST_INT,
    FROM_TEXT,
    LAST_INSTANT,
    LAST_INT,
    MONEY,
)

_UNHELD = (OverflowError, ValueError, pl.exceptions.PanicException)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_UNITS = {
    "day": dt.timedelta(days=1),
    "ms": dt.timedelta(milliseconds=1),
    "us": dt.timedelta(microseconds=1),
}
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
        return _judged(values, _null_where(values, ~in_calendar(values)))
    if dtype.is_nested():
        return fit_objects(plain(values), to)
    return _nothing(values, to)


class Beyond(str):
    """Text of a native value that Python cannot hold, as a year beyond 9999; it fits no type."""

    __slots__ = ()


def plain(values: pl.Series) -> list[Any]:
    """The values as Python has them."""
    if isinstance(values.dtype, (pl.Date, pl.Datetime)):
        fits = in_calendar(values)
        if not fits.all():
            held = _utc(_null_where(values, ~fits)).to_list()
            unheld = Beyond(f"a {values.dtype} that no calendar has")
            return [h if fit_ else unheld for h, fit_ in zip(held, fits, strict=True)]
        return _utc(values).to_list()
    try:
        return values.to_list()
    except _UNHELD:  # inside of lists and objects
        return [_plain_one(values.slice(at, 1)) for at in range(len(values))]


def _plain_one(value: pl.Series) -> Any:
    try:
        return value.to_list()[0]
    except _UNHELD:
        return Beyond(f"a {value.dtype} with an instant that no calendar has")


def in_calendar(values: pl.Series) -> pl.Series:
    """Whether days or instants lie in the years 1 to 9999; so do nulls."""
    unit = values.dtype.time_unit if isinstance(values.dtype, pl.Datetime) else "day"
    if unit not in _UNITS:  # nanoseconds go from 1677 to 2262
        return pl.repeat(True, len(values), dtype=pl.Boolean, eager=True)
    first, last = ((end - _EPOCH) // _UNITS[unit] for end in (FIRST_INSTANT, LAST_INSTANT))
    return values.to_physical().cast(pl.Int64).is_between(first, last).fill_null(True)


def _utc(values: pl.Series) -> pl.Series:
    """Instants of any zone in UTC, where the last of year 9999 is still one."""
    zoned = isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone
    return values.dt.convert_time_zone("UTC") if zoned else values


def fit_objects(values: Sequence[Any], to: Type) -> Fitted:
    """Python values, as a decoder gives them, of any mixture of kinds."""
    kinds = set(map(type, values)) - {type(None)}
    if not kinds:
        return _nothing(pl.repeat(None, len(values), dtype=pl.Null, eager=True), to)
    if len(kinds) == 1:
        return _fit_kind(values, kinds.pop(), to)
    stored: list[Any] = [None] * len(values)
    unfit = [False] * len(values)
    for kind in kinds:
        places = [at for at, value in enumerate(values) if type(value) is kind]
        part = _fit_kind([values[at] for at in places], kind, to)
        for at, value, bad in zip(places, part.values.to_list(), part.unfit.to_list(), strict=True):
            stored[at], unfit[at] = value, bad
    return Fitted(pl.Series(stored, dtype=STORED[to]), pl.Series(unfit, dtype=pl.Boolean))


def json_text(value: Any) -> str:
    """JSON text of any decoded value; what JSON has no form for becomes its plain text."""
    try:
        text = orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(_finite(value), default=_plain, ensure_ascii=False)
    if "null" in text and (finite := _finite(value)) != value:
        return json_text(finite)
    return text


def _finite(value: Any) -> Any:
    """The value with what is no number of JSON as text: NaN and the infinities."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {name: _finite(inside) for name, inside in value.items()}
    return [_finite(inside) for inside in value] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _fit_kind(values: Sequence[Any], kind: type, to: Type) -> Fitted:
    """Values of one Python kind, or none."""
    if kind in (list, dict):
        texts = [None if value is None else json_text(value) for value in values]
        sent = pl.Series(texts, dtype=pl.String)
        return (
            _judged(sent, sent)
            if to == ("list" if kind is list else "object")
            else _nothing(sent, to)
        )
    if kind is dt.datetime:
        texts = [None if value is None else _instant_text(value) for value in values]
        sent = pl.Series(texts, dtype=pl.String)
        return _from_text(sent, to) if to == "time" else _nothing(sent, to)
    if kind is int and all(value is None or FIRST_INT <= value <= LAST_INT for value in values):
        return fit(pl.Series(values, dtype=pl.Int64), to)
    if kind in _SERIES:
        return fit(pl.Series(values, dtype=_SERIES[kind]), to)
    plain = (lambda value: format(value, "f")) if kind is decimal.Decimal else str
    if kind not in (int, decimal.Decimal, uuid.UUID):
        return _nothing(pl.Series([None if v is None else "" for v in values], dtype=pl.String), to)
    sent = pl.Series([None if value is None else plain(value) for value in values], dtype=pl.String)
    fitted = _from_text(sent, to)
    if kind is decimal.Decimal and to == "text":
        fraction = sent.str.contains(".", literal=True).fill_null(False)
        return Fitted(_null_where(fitted.values, fraction), fitted.unfit | fraction)
    return fitted


def _instant_text(value: dt.datetime) -> str:
    """A native timestamp as text; one without time zone is no instant and fits nowhere."""
    if not value.tzinfo:
        return "local"
    try:
        utc = value.astimezone(dt.UTC).replace(tzinfo=None)
    except (OverflowError, ValueError):  # in UTC, a day before year 1 or after 9999
        return "beyond"
    return utc.isoformat(timespec="microseconds") + "Z"


def _from_text(values: pl.Series, to: Type) -> Fitted:
    sent = values.str.strip_chars(BLANKS)
    sent = _null_where(sent, (sent == "").fill_null(False))
    return _judged(sent, FROM_TEXT[to](sent))


def _judged(sent: pl.Series, fitted: pl.Series) -> Fitted:
    """What was sent and became nothing does not fit."""
    return Fitted(fitted, sent.is_not_null() & fitted.is_null())


def _nothing(sent: pl.Series, to: Type) -> Fitted:
    """Nothing of what was sent fits."""
    return Fitted(
        pl.Series([None], dtype=STORED[to]).new_from_index(0, len(sent)), sent.is_not_null()
    )


def _null_where(values: pl.Series, mask: pl.Series) -> pl.Series:
    return (
        values.to_frame("v").select(pl.when(~mask).then(pl.col("v"))).to_series()
        if mask.any()
        else values
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
        return _judged(values, _null_where(values, (~values.is_finite()).fill_null(False)))
    if to == "int":
        fits = (values == values.floor()) & (values >= FIRST_INT) & (values < LAST_INT)
        return _judged(values, _null_where(values, ~fits.fill_null(False)).cast(pl.Int64))
    if to == "money":
        return _judged(values, _rounded(values))
    return _nothing(values, to)


def _rounded(values: pl.Series) -> pl.Series:
    """Half to even at four places, of the shortest decimal text of each number."""
    near = values.is_finite() & (values.abs() < MONEY_END)
    exact = near & (values.round(4) == values)
    texts = _null_where(values, ~exact.fill_null(False)).cast(pl.String)
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
    within = _null_where(values, ~in_calendar(values)).cast(pl.Datetime("us", "UTC"))
    return _judged(values, within.dt.strftime("%Y-%m-%dT%H:%M:%S.%6fZ"))


def _from_binary(values: pl.Series, to: Type) -> Fitted:
    texts = [_decoded(value) for value in values.to_list()]
    fitted = _from_text(pl.Series(texts, dtype=pl.String), to)
    blank = pl.Series(
        [
            value is not None and text is None
            for value, text in zip(values.to_list(), texts, strict=True)
        ],
        dtype=pl.Boolean,
    )
    return Fitted(fitted.values, fitted.unfit | blank)


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
