"""Dialects: the ways in which senders write one and the same value."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import Any

from mega_toys_tests.oracle.fields import Dataset, Field

Row = dict[str, Any]
TYPED = (".avro", ".parquet")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
JSON = (".json", ".ndjson", ".jsonl", ".kafka.parquet")


@dataclass(frozen=True)
class Wrong:
    """A value that a fault put there; no dialect touches it."""

    raw: Any


@dataclass(frozen=True)
class Dialect:
    """How one file writes its values."""

    form: str
    as_instants: bool
    """Whether business times come in UTC, and not with their local offset."""
    has_native_times: bool
    money: str
    """text, number or decimal."""
    numbers: str
    """plain, text or mixed."""
    is_nested_text: bool
    is_sloppy: bool
    """Whether case, blanks and nulls are written this way and that."""
    is_extended: bool = False
    """Whether values are marked as MongoDB's export does."""


def dialect_for(rng: Random, form: str, *, as_instants: bool) -> Dialect:
    """A random dialect that the format can express."""
    typed = form in TYPED
    return Dialect(
        form=form,
        as_instants=as_instants,
        has_native_times=typed and rng.random() < 0.6,
        money=rng.choice(("text", "number", "decimal") if typed else ("text", "number")),
        numbers=rng.choice(("plain", "plain", "plain", "text", "mixed")),
        is_nested_text=form == ".csv" or rng.random() < 0.2,
        is_sloppy=rng.random() < 0.4,
        is_extended=form in JSON and rng.random() < 0.15,
    )


def written(dataset: Dataset, record: Row, dialect: Dialect, rng: Random) -> Row:
    """The record as this dialect sends it: raw values by name."""
    declared = {field.name: field for field in dataset.fields}
    row: Row = {}
    for name, value in record.items():
        if isinstance(value, Wrong):
            row[name] = value.raw
        elif value is None:
            if rng.random() < 0.7 or dialect.is_sloppy is False:
                row[name] = None
            elif rng.random() < 0.5:
                row[name] = rng.choice(("", "  "))
        elif name in declared:
            local = name in dataset.business_time and not dataset.is_zoned
            row[name] = write(
                declared[name], value, dialect, rng, is_local=local and not dialect.as_instants
            )
        else:
            row[name] = value
    return row


def write(
    field: Field, value: Any, dialect: Dialect, rng: Random, *, is_local: bool = False
) -> Any:
    """One value in one of the ways in which its type may be written."""
    if field.type == "list" and isinstance(value, list):
        return nested([write_fields(field, item, dialect, rng) for item in value], dialect)
    if field.type == "object" and isinstance(value, dict):
        return nested(write_fields(field, value, dialect, rng), dialect)
    if dialect.is_extended and rng.random() < 0.8:
        return marked(value, write_plain(field, value, dialect, rng, is_local=is_local), rng)
    return write_plain(field, value, dialect, rng, is_local=is_local)


def marked(value: Any, plain: Any, rng: Random) -> Any:
    """One value as MongoDB's extended JSON, relaxed or canonical; `plain` is it unmarked."""
    if isinstance(value, datetime):
        millis, rest = divmod((value - EPOCH) // timedelta(microseconds=1), 1000)
        in_utc = value.utcoffset() == timedelta(0)
        if rest or not in_utc or rng.random() < 0.5:
            return {"$date": plain}
        return {"$date": rng.choice((millis, {"$numberLong": str(millis)}))}
    if isinstance(value, Decimal):
        return {"$numberDecimal": str(value)}
    if isinstance(value, int) and not isinstance(value, bool):
        return {rng.choice(("$numberInt", "$numberLong")): str(value)}
    return {"$numberDouble": repr(value)} if isinstance(value, float) else plain


def write_plain(field: Field, value: Any, dialect: Dialect, rng: Random, *, is_local: bool) -> Any:
    """One scalar in one of the ways in which its type may be written, without marks."""
    if isinstance(value, datetime):
        native = dialect.has_native_times and not is_local
        return value.astimezone(UTC) if native else time_text(value, rng, is_local=is_local)
    if isinstance(value, date):
        return value if dialect.form in TYPED and dialect.has_native_times else value.isoformat()
    if isinstance(value, Decimal):
        return write_money(value, dialect, rng)
    if isinstance(value, bool):
        return str(value).lower() if dialect.is_sloppy and rng.random() < 0.3 else value
    if isinstance(value, int | float):
        return write_number(value, dialect, rng)
    return write_text(field, value, dialect, rng)


def nested(value: Any, dialect: Dialect) -> Any:
    """A list or an object itself, or its JSON text."""
    return json.dumps(value, default=str) if dialect.is_nested_text else value


def write_fields(field: Field, values: Any, dialect: Dialect, rng: Random) -> Any:
    """The fields inside a nested value."""
    if not isinstance(values, dict):
        return values
    inner = {one.name: one for one in field.fields}
    money = "text" if dialect.is_nested_text and dialect.money == "decimal" else dialect.money
    form = ".json" if dialect.is_nested_text else dialect.form
    plain = Dialect(
        form, dialect.as_instants, False, money, "plain", False, False, dialect.is_extended
    )
    return {
        name: None
        if value is None
        else write(inner[name], value, plain, rng)
        if name in inner
        else value
        for name, value in values.items()
    }


def time_text(moment: datetime, rng: Random, *, is_local: bool) -> str:
    """An instant as text, with few or many digits of a second, in any form that is one."""
    offset = moment.utcoffset()
    assert offset is not None
    zone = timezone(offset) if is_local or rng.random() < 0.5 else UTC
    local = moment.astimezone(zone)
    fraction = f"{local.microsecond:06}"
    digits = rng.choice((3, 6, 9) if local.microsecond else (0, 0, 1, 3, 9))
    shown = (fraction + f"{rng.randrange(1000):03}")[:digits] if digits > 6 else fraction[:digits]
    seconds = local.strftime(":%S") + (f".{shown}" if digits else "")
    if not (local.second or local.microsecond) and rng.random() < 0.3:
        seconds = ""
    return (
        local.strftime(f"%Y-%m-%d{rng.choice('TTT ')}%H:%M")
        + seconds
        + rng.choice(("", "", "", " "))
        + offset_text(local.strftime("%z"), rng)
    )


def offset_text(sign: str, rng: Random) -> str:
    """An offset in one of its forms; it comes as `+HHMM`."""
    forms = [f"{sign[:3]}:{sign[3:5]}"] * 4 + [sign[:5]]
    if sign.endswith("00"):
        forms.append(sign[:3])
    return "Z" if sign == "+0000" and rng.random() < 0.7 else rng.choice(forms)


def write_money(value: Decimal, dialect: Dialect, rng: Random) -> Any:
    """Exact text, a binary number (now and then to be rounded), or a decimal."""
    if dialect.form == ".csv":
        return str(value)
    if dialect.money == "number":
        tie = Decimal("0.00005") if rng.random() < 0.05 else Decimal(0)
        return float(value + tie)
    return value if dialect.money == "decimal" else rng.choice((str(value), f"{value}00000"))


def write_number(value: float, dialect: Dialect, rng: Random) -> Any:
    """A number, or its text, plain or with an exponent."""
    if dialect.numbers == "plain" or (dialect.numbers == "mixed" and rng.random() < 0.5):
        return value
    texts = [repr(value), f"{Decimal(repr(value)):E}"]
    if isinstance(value, int):
        texts.append(f"{value}.0")
    return rng.choice(texts)


def write_text(field: Field, value: str, dialect: Dialect, rng: Random) -> Any:
    """A text; the sloppy pad it, play with the case of codes, or send digits as a number."""
    if not dialect.is_sloppy:
        return value
    if field.type in ("choice", "country", "currency"):
        value = rng.choice((value, value.upper(), value.lower(), value.title()))
    elif value.isdigit() and value[0] != "0" and dialect.form != ".csv":
        return int(value)
    return rng.choice((value, value, value, f"  {value}", f"{value}\t", f"\r\n {value} "))
