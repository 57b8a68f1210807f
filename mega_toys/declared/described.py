"""How types, units, ranges and extents are said to people."""

import datetime as dt
from dataclasses import replace

import polars as pl

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.extents import SAME_DAY, Days, Extent, LandedWith, Touches, Until
from mega_toys.declared.field import Sent
from mega_toys.declared.table import Bronze

_TYPES = {pl.Int64: "int", pl.Float64: "float", pl.String: "text", pl.Boolean: "bool"}
_UNITS = {
    "mm_s": "mm/s", "per_item_s": "s", "s": "s", "c": "°C", "kw": "kW", "kwh": "kWh", "kg": "kg",
    "eur": "EUR", "per_eur": "per EUR", "days": "days", "days_of_supply": "days",
}  # fmt: skip
_STATISTICS = ("_mean", "_min", "_max", "_p95")
_PIECES = ("quantity", "units")


def type_of(dtype: pl.DataType) -> str:
    """A stored type in a word: `int`, `decimal(18, 4)`, `timestamp (UTC)`."""
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision}, {dtype.scale})"
    if isinstance(dtype, pl.Datetime):
        return f"timestamp ({dtype.time_zone or 'local'})"
    if isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.DataType):
        return f"list of {type_of(dtype.inner)}"
    if isinstance(dtype, pl.Struct):
        inner = ", ".join(f"{one.name} {type_of(_instance(one.dtype))}" for one in dtype.fields)
        return f"object of {inner}"
    return _TYPES.get(type(dtype), str(dtype).lower())


def _instance(dtype: object) -> pl.DataType:
    return dtype if isinstance(dtype, pl.DataType) else dtype()  # type: ignore[operator]


def unit_of(name: str, dtype: pl.DataType) -> str:
    """The unit that a column's name ends with, by the naming law; empty where it has none."""
    for statistic in _STATISTICS:
        name = name.removesuffix(statistic)
    if dtype.is_integer() and name.rpartition("_")[2] in _PIECES:
        return "pieces"
    if not dtype.is_numeric():
        return ""
    ends = [suffix for suffix in _UNITS if name == suffix or name.endswith(f"_{suffix}")]
    return _UNITS[max(ends, key=len)] if ends else ""


def valid_in(sent: Sent) -> str:
    """What is valid in a field of a source, beyond its type."""
    said = []
    if sent.choices:
        said.append(", ".join(sent.choices))
    if sent.letters:
        said.append(f"{sent.letters} letters")
    if sent.longest:
        said.append(f"at most {sent.longest} characters")
    if sent.is_time_zone:
        said.append("IANA time zone")
    if sent.more_than is not None:
        said.append(f"> {sent.more_than:g}")
    if sent.at_least is not None and sent.at_most is not None:
        said.append(f"{sent.at_least:g} to {sent.at_most:g}")
    elif sent.at_least is not None:
        said.append(f"≥ {sent.at_least:g}")
    if sent.fields:
        said.append("{" + ", ".join(_field(*one) for one in sent.fields.items()) + "}")
    if sent.item:
        said.append(_field("of", replace(sent.item, required=True)))
    return "; ".join(said)


def _field(name: str, sent: Sent) -> str:
    valid = valid_in(sent)
    return f"{name}{'' if sent.required else '?'} {sent.type}" + (f" ({valid})" if valid else "")


def extent_of(extent: Extent) -> str:
    """Which days of an input a day reads."""
    if extent == SAME_DAY:
        return "the same day"
    if isinstance(extent, Days):
        return f"days {extent.first:+d} to {extent.last:+d}"
    if isinstance(extent, Until):
        return "all days until then"
    if isinstance(extent, LandedWith):
        return f"the records of `{extent.parameter}`"
    if isinstance(extent, Touches):
        return "whole; a change touches the days it concerns"
    return "whole"


def promised(age: dt.timedelta) -> str:
    """How fresh a table is to be: hours below two days, else days."""
    hours = age.total_seconds() / 3600
    return f"{hours:g} h" if hours < 48 else f"{hours / 24:g} days"


def meanings_of(bronze: Bronze, catalog: Catalog) -> dict[str, str]:
    """What the fields of a bronze table mean: what the silver columns of their names do."""
    taken = [table for table in catalog.from_bronze if table.bronze == bronze.name]
    columns = [one for silver in taken for one in silver.columns.items()]
    return {name: column.description or "" for name, column in columns if name in bronze.fields}
