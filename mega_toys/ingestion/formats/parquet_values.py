"""Values of Parquet types that Polars lacks, wherever in a column they stand."""

import datetime as dt
import decimal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from mega_toys.ingestion.formats.raw_values import INTERVAL, interval, uuid_text
from mega_toys.lake.fields.native import instant_text

_NS_END = 2**63 - 1
_FIRST, _LAST = (
    pl.Series([end * _NS_END]).cast(pl.Datetime("ns")).cast(pl.Datetime("us")).item()
    for end in (-1, 1)
)
_EXACT = decimal.Context(prec=1000)


@dataclass(frozen=True)
class Leaf:
    """A column within a column, down to which no other leads: its type, if Polars lacks that."""

    kind: Literal["", "uuid", "interval", "int96", "decimal"] = ""
    scale: int = 0  # of a decimal


PLAIN = Leaf()
Leaves = Mapping[str, Sequence[Leaf]]  # of columns that have any of these types, depth first


def as_meant(frame: pl.DataFrame, leaves: Leaves) -> pl.DataFrame:
    """The rows with UUIDs and long decimals as text, intervals as their parts, INT96 as instants.

    Inside of lists and objects instants are texts as well.
    """
    there = [frame[name] for name in leaves if name in frame.columns]
    return frame.with_columns(_meant(values, leaves[values.name]) for values in there)


def _meant(values: pl.Series, leaves: Sequence[Leaf]) -> pl.Series:
    if not values.dtype.is_nested() and leaves[0].kind == "int96":
        return _instants(values)
    told, dtype = _within(values.dtype, iter(leaves))
    paired = values.cast(_paired(values.dtype)) if values.dtype.is_nested() else values
    return pl.Series(values.name, [told(value) for value in paired.to_list()], dtype=dtype)


def _paired(dtype: Any) -> pl.DataType:
    """A type with maps as lists of pairs, since not every key can be one in Python."""
    if isinstance(dtype, pl.Struct):
        return pl.Struct({one.name: _paired(one.dtype) for one in dtype.fields})
    if isinstance(dtype, (pl.List, pl.Array)):
        return pl.List(_paired(dtype.inner))
    if isinstance(dtype, pl.Map):
        return _pairs(_paired(dtype.key), _paired(dtype.value))
    return _instance(dtype)


def _pairs(key: pl.DataType, value: pl.DataType) -> pl.DataType:
    return pl.List(pl.Struct({"key": key, "value": value}))


def _instants(stamps: pl.Series) -> pl.Series:
    """INT96 as instants; what nanoseconds could not hold is beyond any calendar."""
    whole = stamps.to_physical()
    beyond = (whole.abs() >= _NS_END) if stamps.dtype == pl.Datetime("ns") else whole.is_null()
    utc = stamps.cast(pl.Datetime("us")).dt.replace_time_zone("UTC").alias("utc")
    frame = utc.to_frame().with_columns(beyond=beyond)
    end = pl.lit(_NS_END).cast(pl.Datetime("us", "UTC"))
    shown = frame.select(pl.when("beyond").then(end).otherwise("utc"))
    return shown.to_series().alias(stamps.name)


def _within(dtype: pl.DataType, leaves: Iterator[Leaf]) -> tuple[Callable[[Any], Any], pl.DataType]:
    """How a value of a type is told, and of which type it then is."""
    if isinstance(dtype, pl.Struct):
        fields = {one.name: _within(_instance(one.dtype), leaves) for one in dtype.fields}
        tellers = {name: told for name, (told, _) in fields.items()}
        of_fields = pl.Struct({name: inner for name, (_, inner) in fields.items()})
        return _unless_null(lambda v: {n: told(v[n]) for n, told in tellers.items()}), of_fields
    if isinstance(dtype, (pl.List, pl.Array)):
        told, inner = _within(_instance(dtype.inner), leaves)
        return _unless_null(lambda items: [told(item) for item in items]), pl.List(inner)
    if isinstance(dtype, pl.Map):
        (key, of_keys), (value, of_values) = (
            _within(_instance(one), leaves) for one in (dtype.key, dtype.value)
        )
        if of_keys.is_nested():
            return _unless_null(
                lambda pairs: [{"key": key(p["key"]), "value": value(p["value"])} for p in pairs]
            ), _pairs(of_keys, of_values)
        named = _unless_null(lambda pairs: {key(p["key"]): value(p["value"]) for p in pairs})
        return named, pl.Map(of_keys, of_values)
    leaf = next(leaves)
    if not leaf.kind:
        return lambda value: value, dtype
    return _unless_null(lambda value: _VALUES[leaf.kind](value, leaf)), _TYPES.get(
        leaf.kind, pl.String()
    )


def _instance(dtype: Any) -> pl.DataType:
    found: pl.DataType = dtype() if isinstance(dtype, type) else dtype
    return found


def _unless_null(told: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else told(value)


def _instant(at: Any, leaf: Leaf) -> str:
    is_beyond = not _FIRST < at < _LAST
    return "beyond" if is_beyond else instant_text(at.replace(tzinfo=dt.UTC))


def _decimal(raw: bytes, leaf: Leaf) -> str:
    whole = decimal.Decimal(int.from_bytes(raw, "big", signed=True))
    return f"{whole.scaleb(-leaf.scale, _EXACT):f}"


_VALUES: Mapping[str, Callable[[Any, Leaf], Any]] = {
    "uuid": lambda raw, _: uuid_text(raw),
    "interval": lambda raw, _: interval(raw),
    "int96": _instant,
    "decimal": _decimal,
}
_TYPES = {"interval": pl.Struct(dict.fromkeys(INTERVAL, pl.UInt32))}
