"""Values as Python and JSON have them, of columns and of decoders."""

import datetime as dt
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from mega_toys.lake.fields.texts import FIRST_INSTANT, LAST_INSTANT
from mega_toys.lake.fields.together import has_long_digits

_UNHELD = (OverflowError, ValueError, pl.exceptions.PanicException)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_OUT_OF_REACH = "beyond those that can be held"
_UNITS = {
    "day": dt.timedelta(days=1),
    "ms": dt.timedelta(milliseconds=1),
    "us": dt.timedelta(microseconds=1),
}


class Beyond(str):
    """Text of a native value that Python cannot hold, as a year beyond 9999; it fits no type."""

    __slots__ = ()


@dataclass(frozen=True)
class JsonTexts:
    """Lists, or objects, by their texts as `json_text` writes them; null for none."""

    texts: pl.Series
    kind: type  # list or dict

    def __iter__(self) -> Iterator[Any]:
        return (None if text is None else orjson.loads(text) for text in self.texts)

    def gather(self, places: list[int]) -> "JsonTexts":
        """Those at some places."""
        return JsonTexts(self.texts.gather(places), self.kind)


Columnar = pl.Series | JsonTexts
Values = Sequence[Any] | Columnar  # of one field, as a decoder gives them


def plain(values: Columnar) -> list[Any]:
    """The values as Python has them."""
    if isinstance(values, JsonTexts):
        return list(values)
    if isinstance(values.dtype, (pl.Date, pl.Datetime)):
        fits = in_calendar(values)
        if not fits.all():
            held = utc(null_where(values, ~fits)).to_list()
            what = "a day" if values.dtype == pl.Date() else "an instant"
            unheld = Beyond(f"{what} {_OUT_OF_REACH}")
            return [h if fit_ else unheld for h, fit_ in zip(held, fits, strict=True)]
        return utc(values).to_list()
    if values.dtype.is_nested() and (told := _told(values.dtype)) != values.dtype:
        values = values.cast(told)
    try:
        return values.to_list()
    except _UNHELD:  # inside of lists and objects
        return [_plain_one(values.slice(at, 1)) for at in range(len(values))]


def _told(dtype: Any) -> pl.DataType:
    """A type with its instants in UTC, and a map by what no name can be as a list of pairs."""
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        return pl.Datetime(dtype.time_unit, "UTC")
    if isinstance(dtype, pl.Struct):
        return pl.Struct({one.name: _told(one.dtype) for one in dtype.fields})
    if isinstance(dtype, (pl.List, pl.Array)):
        return pl.List(_told(dtype.inner))
    if isinstance(dtype, pl.Map):
        key, value = dtype.key, _told(dtype.value)
        pairs = pl.List(pl.Struct({"key": _told(key), "value": value}))
        return pairs if key.is_nested() else pl.Map(key, value)
    found: pl.DataType = dtype
    return found


def _plain_one(value: pl.Series) -> Any:
    try:
        return value.to_list()[0]
    except _UNHELD:
        return Beyond(f"a value with an instant {_OUT_OF_REACH}")


def in_calendar(values: pl.Series) -> pl.Series:
    """Whether days or instants lie in the years 1 to 9999; so do nulls."""
    unit = values.dtype.time_unit if isinstance(values.dtype, pl.Datetime) else "day"
    if unit not in _UNITS:  # nanoseconds go from 1677 to 2262
        return pl.repeat(True, len(values), dtype=pl.Boolean, eager=True)
    first, last = ((end - _EPOCH) // _UNITS[unit] for end in (FIRST_INSTANT, LAST_INSTANT))
    return values.to_physical().cast(pl.Int64).is_between(first, last).fill_null(True)


def utc(values: pl.Series) -> pl.Series:
    """Instants of any zone in UTC, where the last of year 9999 is still one."""
    zoned = isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone
    return values.dt.convert_time_zone("UTC") if zoned else values


def json_text(value: Any) -> str:
    """JSON text of any decoded value; what JSON has no form for becomes its plain text."""
    try:
        text = orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(_finite(value), default=_plain, ensure_ascii=False)
    return json_text(_finite(value)) if "null" in text and _holds_no_number(value) else text


def json_value(text: str) -> Any:
    """The value of a JSON text, with integers of any length exact; ValueError where it is none."""
    try:
        is_long = has_long_digits(text.encode("utf-8", "surrogatepass"))
        return json.loads(text) if is_long else orjson.loads(text)
    except orjson.JSONDecodeError:  # an exponent beyond a double, a lone surrogate
        return json.loads(text)


def _holds_no_number(value: Any) -> bool:
    """Whether NaN or an infinity is in it, or is a key, which orjson writes as null."""
    kind = type(value)
    if kind is float:
        return not math.isfinite(value)
    if kind is dict:
        return any(map(_holds_no_number, (*value, *value.values())))
    return kind is list and any(map(_holds_no_number, value))


def _finite(value: Any) -> Any:
    """The value with what is no number of JSON as text: NaN and the infinities."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {_name(key): _finite(inside) for key, inside in value.items()}
    return [_finite(inside) for inside in value] if isinstance(value, list) else value


def _name(key: Any) -> str:
    """The key of a map as the name that it is in JSON."""
    text = json_text(_finite(key))
    return str(json.loads(text)) if text.startswith('"') else text


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def instant_text(value: dt.datetime) -> str:
    """A native timestamp as text; one without time zone is no instant and fits nowhere."""
    if not value.tzinfo:
        return "local"
    try:
        utc = value.astimezone(dt.UTC).replace(tzinfo=None)
    except (OverflowError, ValueError):  # in UTC, a day before year 1 or after 9999
        return "beyond"
    return utc.isoformat(timespec="microseconds") + "Z"


def null_where(values: pl.Series, mask: pl.Series) -> pl.Series:
    """The values, but for those of the mask."""
    return (
        values.to_frame("v").select(pl.when(~mask).then(pl.col("v"))).to_series()
        if mask.any()
        else values
    )
