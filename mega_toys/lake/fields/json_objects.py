"""JSON texts of many records, made column by column, each as `json_text` writes one."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
import polars as pl

from mega_toys.declared.field import Sent
from mega_toys.lake.fields.native import json_text

_ESCAPED = r'["\\\x00-\x1f]'


def objects(rows: pl.DataFrame, fields: Mapping[str, Sent]) -> pl.Series:
    """Each row as the JSON text of an object with those of the fields that have a value."""
    filled = [name for name in fields if rows[name].null_count() < rows.height]
    members = [_members(rows[name], fields[name]) for name in filled]
    if not members:
        return pl.repeat("{}", rows.height, dtype=pl.String, eager=True)
    inside = pl.concat_str(members, separator=",", ignore_nulls=True)
    return pl.DataFrame(members).select(pl.concat_str(pl.lit("{"), inside, pl.lit("}"))).to_series()


def _members(values: pl.Series, sent: Sent) -> pl.Series:
    """The name with each value, as JSON text; null where there is none."""
    return (json_text(values.name) + ":" + _texts(values, sent)).alias(values.name)


def _texts(values: pl.Series, sent: Sent) -> pl.Series:
    dtype = values.dtype
    if sent.type in ("list", "object"):
        return _each(values, lambda text: json_text(_decoded(text)))
    if dtype == pl.String:
        return _quoted(values)
    if dtype == pl.Float64:
        return _numbers(values)
    if dtype == pl.Boolean or dtype.is_integer():
        return values.cast(pl.String)
    if dtype == pl.Date or isinstance(dtype, pl.Decimal):
        return '"' + values.cast(pl.String) + '"'
    return _each(values, json_text)


def _quoted(texts: pl.Series) -> pl.Series:
    quoted = '"' + texts + '"'
    at = texts.str.contains(_ESCAPED).fill_null(value=False).arg_true()
    return quoted.scatter(at, _each(texts.gather(at), json_text)) if at.len() else quoted


def _numbers(values: pl.Series) -> pl.Series:
    if not values.is_finite().all():
        return _each(values, json_text)
    at = values.is_not_null().arg_true()
    texts = orjson.dumps(values.gather(at).to_list())[1:-1].decode().split(",")
    nothing = pl.repeat(None, len(values), dtype=pl.String, eager=True)
    return nothing.scatter(at, pl.Series(texts, dtype=pl.String))


def _each(values: pl.Series, text_of: Callable[[Any], str]) -> pl.Series:
    texts = [None if value is None else text_of(value) for value in values.to_list()]
    return pl.Series(values.name, texts, dtype=pl.String)


def _decoded(text: Any) -> Any:
    """The list or object that a text is; the text, where it is beyond what orjson reads."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
