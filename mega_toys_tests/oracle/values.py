"""The types of sources.md: whether a raw value fits, and as what it is stored."""

import json
import math
import re
import zoneinfo
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from mega_toys_tests.oracle.fields import Field

BLANKS = " \t\r\n"
PLACES = Decimal("0.0001")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
MONEY = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
    r" ?(?:(Z)|([+-])([0-9]{2})(?::?([0-9]{2}))?)"
)
ZONES = zoneinfo.available_timezones()
DEPTH = 100


class MisfitError(Exception):
    """A value that does not fit its type, range, enumeration or calendar."""


def require(holds: bool) -> None:
    """Refuse the value unless the condition holds."""
    if not holds:
        raise MisfitError


def trimmed(raw: Any) -> Any:
    """The raw value without ASCII blanks around a text; an empty text is null."""
    return (raw.strip(BLANKS) or None) if isinstance(raw, str) else raw


def is_whole(raw: Any) -> bool:
    """Whether it is an integer; a bool is none."""
    return isinstance(raw, int) and not isinstance(raw, bool)


def strict_json(body: str | bytes) -> Any:
    """JSON without NaN and Infinity. Of a name given twice the last counts."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    return json.loads(body, parse_constant=refuse)


EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 an instant's text is made from it
MARKS = ["$date", "$oid", "$uuid", "$numberDecimal", "$numberLong", "$numberInt", "$numberDouble"]


def unmarked(value: Any) -> Any:
    """The value without the marks of MongoDB's extended JSON, at any depth."""
    if isinstance(value, list):
        return [unmarked(one) for one in value]
    if not isinstance(value, dict):
        return value
    marks = [mark for mark in value if mark in MARKS and len(value) == 1]
    if not marks:
        return {name: unmarked(one) for name, one in value.items()}
    return meant(marks[0], unmarked(value[marks[0]]))


def meant(mark: str, inside: Any) -> Any:
    """What a marked value stands for."""
    if mark == "$date" and is_whole(inside):
        try:
            return f"{EPOCH + timedelta(milliseconds=inside):%Y-%m-%dT%H:%M:%S.%fZ}"
        except OverflowError:
            return {mark: inside}
    try:
        if mark in ("$numberLong", "$numberInt"):
            return int(inside)
        if mark == "$numberDouble":
            return float(inside)
        if mark == "$numberDecimal":
            return f"{Decimal(inside):f}"
    except (ValueError, TypeError, ArithmeticError):
        pass
    return inside


def depth(value: Any) -> int:
    """How deep lists and objects are nested; a scalar has depth 0."""
    deepest, level = 0, [value]
    while level := [v for v in level if isinstance(v, dict | list)]:
        deepest += 1
        level = [w for v in level for w in (v.values() if isinstance(v, dict) else v)]
    return deepest


def fit_text(raw: Any) -> str:
    require(isinstance(raw, str) or is_whole(raw))
    return str(raw)


def exact(raw: Any) -> Decimal:
    """The exact value of a number or of its text; of a double, its shortest decimal text."""
    if isinstance(raw, str):
        require(NUMBER.fullmatch(raw) is not None)
        return Decimal(raw)
    require(is_whole(raw) or isinstance(raw, float | Decimal))
    value = Decimal(repr(raw)) if isinstance(raw, float) else Decimal(raw)
    require(value.is_finite())
    return value


def fit_int(raw: Any) -> int:
    value = exact(raw)
    require(abs(value) < 2**64 and value == value.to_integral_value())
    require(-(2**63) <= int(value) < 2**63)
    return int(value)


def fit_number(raw: Any) -> float:
    value = float(exact(raw))
    require(math.isfinite(value))
    return value


def fit_money(raw: Any) -> Decimal:
    require(not isinstance(raw, str) or MONEY.fullmatch(raw) is not None)
    value = exact(raw)
    require(abs(value) < 10**14)
    stored = value.quantize(PLACES, ROUND_HALF_EVEN)
    require(isinstance(raw, float) or stored == value)
    require(abs(stored) < 10**14)
    return stored


def fit_bool(raw: Any) -> bool:
    require(isinstance(raw, bool) or raw in ("true", "false"))
    return raw if isinstance(raw, bool) else raw == "true"


def fit_date(raw: Any) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    require(isinstance(raw, str) and DAY.fullmatch(raw) is not None)
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise MisfitError from None


class Instant(datetime):
    """An instant in UTC that still knows the date its sender wrote."""

    written: date

    @classmethod
    def of(cls, moment: datetime, written: date) -> "Instant":
        """The instant of an aware datetime."""
        m = moment.astimezone(UTC)
        at = (m.year, m.month, m.day, m.hour, m.minute, m.second, m.microsecond)
        instant = cls(*at, tzinfo=UTC)
        instant.written = written
        return instant


def fit_time(raw: Any) -> Instant:
    if isinstance(raw, datetime):
        require(raw.tzinfo is not None)
        return Instant.of(raw, raw.astimezone(UTC).date())
    found = TIME.fullmatch(raw) if isinstance(raw, str) else None
    require(found is not None)
    assert found is not None
    day, hour, minute, second, fraction, _, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    require(int(minutes or 0) < 60 and offset <= timedelta(hours=14))
    try:
        written = date.fromisoformat(day)
        moment = datetime(
            written.year, written.month, written.day, int(hour), int(minute), int(second or 0),
            int((fraction or "0").ljust(6, "0")[:6]),
            timezone(-offset if sign == "-" else offset),
        )  # fmt: skip
        return Instant.of(moment, written)
    except (ValueError, OverflowError):
        raise MisfitError from None


def fit_letters(count: int) -> Callable[[Any], str]:
    """A code of so many letters, kept in upper case."""

    def fit_code(raw: Any) -> str:
        require(isinstance(raw, str) and re.fullmatch(f"[A-Za-z]{{{count}}}", raw) is not None)
        return str(raw).upper()

    return fit_code


def fit_zone(raw: Any) -> str:
    require(raw in ZONES)
    return str(raw)


def fit_container(raw: Any, kind: type) -> Any:
    """A list or an object itself, or JSON text of one."""
    if isinstance(raw, str):
        try:
            raw = unmarked(strict_json(raw))
        except (ValueError, RecursionError):
            raise MisfitError from None
    require(isinstance(raw, kind))
    return raw


def fit_fields(fields: tuple[Field, ...], raw: Any) -> dict[str, Any]:
    """An object whose declared fields all fit; unknown ones are dropped."""
    found = fit_container(raw, dict)
    values = {field.name: fit(field, found.get(field.name)) for field in fields}
    require(all(values[field.name] is not None for field in fields if field.required))
    return values


SCALARS: dict[str, Callable[[Any], Any]] = {
    "text": fit_text,
    "int": fit_int,
    "number": fit_number,
    "money": fit_money,
    "bool": fit_bool,
    "date": fit_date,
    "time": fit_time,
    "country": fit_letters(2),
    "currency": fit_letters(3),
    "time_zone": fit_zone,
}


def fit(field: Field, raw: Any) -> Any:
    """The value as stored, None for null; raises MisfitError where it does not fit."""
    value = trimmed(raw)
    if value is None:
        return None
    if field.type == "list":
        value = [fit_fields(field.fields, item) for item in fit_container(value, list)]
    elif field.type == "object":
        value = fit_fields(field.fields, value)
    elif field.type == "choice":
        value = fit_text(value).lower()
        require(value in field.choices)
    else:
        value = SCALARS[field.type](value)
    require(field.low is None or value >= field.low)
    require(field.high is None or value <= field.high)
    require(field.above is None or value > field.above)
    require(field.is_valid(value))
    return value
