"""MongoDB's extended JSON: an object whose only key is a mark such as `$date` is its value."""

import datetime as dt
import decimal
import re
from collections.abc import Callable, Mapping
from typing import Any

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_DOUBLE = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?|NaN|-?Infinity")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 a day of the calendar, in UTC


def record_unwrapped(record: Mapping[str, Any]) -> dict[str, Any]:
    """A decoded record with its values, at any depth, in their plain form."""
    return {name: unwrapped(value) for name, value in record.items()}


def unwrapped(value: Any) -> Any:
    """A decoded value with all marked objects in it replaced by their values."""
    if type(value) is list:
        return [unwrapped(inside) for inside in value]
    if type(value) is not dict:
        return value
    if len(value) == 1:
        ((mark, inside),) = value.items()
        if mark in _PLAIN:
            return _PLAIN[mark](unwrapped(inside))
    return record_unwrapped(value)


def _date(value: Any) -> Any:
    """A text as it is; of milliseconds since 1970, the instant as text, if a calendar has it."""
    if type(value) not in (int, float) or value != value // 1:
        return value
    try:
        instant = _EPOCH + dt.timedelta(milliseconds=value)
    except OverflowError:
        return {"$date": value}
    return f"{instant.isoformat(timespec='microseconds')}Z"


def _whole(value: Any) -> Any:
    return int(value) if type(value) is str and _WHOLE.fullmatch(value) else value


def _double(value: Any) -> Any:
    return float(value) if type(value) is str and _DOUBLE.fullmatch(value) else value


def _decimal(value: Any) -> Any:
    """Exact text without an exponent."""
    if type(value) is str and _DECIMAL.fullmatch(value):
        return format(decimal.Decimal(value), "f")
    return value


def _same(value: Any) -> Any:
    return value


_PLAIN: dict[str, Callable[[Any], Any]] = {
    "$date": _date,
    "$oid": _same,
    "$uuid": _same,
    "$numberDecimal": _decimal,
    "$numberLong": _whole,
    "$numberInt": _whole,
    "$numberDouble": _double,
}
