"""The columns of a contract: type, key, unit, class of privacy and valid values of each."""

from typing import Any

import polars as pl

from mega_toys.contracts import quality
from mega_toys.declared.described import type_of, unit_of
from mega_toys.declared.privacy import because_of, privacy_of
from mega_toys.declared.schemas import dy
from mega_toys.declared.table import Table
from mega_toys.declared.valid_values import Values, values_of

Property = dict[str, Any]
_LOGICAL = {
    pl.String: "string",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Datetime: "timestamp",
    pl.List: "array",
    pl.Struct: "object",
}
_LIMITS = {
    "at_least": "minimum",
    "at_most": "maximum",
    "more_than": "exclusiveMinimum",
    "less_than": "exclusiveMaximum",
    "longest": "maxLength",
    "matches": "pattern",
}


def properties(table: Table) -> list[Property]:
    """The declared columns, in order."""
    classes, valid, why = privacy_of(table), values_of(table), because_of(table)
    rules = quality.of_columns(table)
    return [
        {
            **_type(name, column.dtype),
            "required": not column.nullable,
            **_place(name, table),
            "description": column.description or "",
            "classification": classes[name],
            **_limits(valid.get(name)),
            **_unit(name, column, why.get(name)),
            **({"quality": rules[name]} if name in rules else {}),
        }
        for name, column in table.columns.items()
    ]


def _type(name: str, dtype: pl.DataType) -> Property:
    """A type as the standard knows it, and as the lake stores it."""
    found: Property = {"name": name, "logicalType": _logical(dtype), "physicalType": type_of(dtype)}
    if isinstance(dtype, pl.List):
        inner = _type("item", _instance(dtype.inner))
        found["items"] = {key: value for key, value in inner.items() if key != "name"}
    if isinstance(dtype, pl.Struct):
        found["properties"] = [_type(one.name, _instance(one.dtype)) for one in dtype.fields]
    return found


def _instance(dtype: Any) -> pl.DataType:
    return dtype if isinstance(dtype, pl.DataType) else dtype()


def _logical(dtype: pl.DataType) -> str:
    if dtype.is_numeric():
        return "integer" if dtype.is_integer() else "number"
    return _LOGICAL.get(type(dtype), "string")


def _place(name: str, table: Table) -> Property:
    """Its place in the key, and whether the table lies by it."""
    found: Property = {}
    if name in table.key:
        found |= {"primaryKey": True, "primaryKeyPosition": table.key.index(name) + 1}
    if name == table.day_column:
        found |= {"partitioned": True, "partitionKeyPosition": 1}
    return found


def _limits(valid: Values | None) -> Property:
    told = {their: getattr(valid, our) for our, their in _LIMITS.items()} if valid else {}
    limits = {name: _plain(value) for name, value in told.items() if value is not None}
    return {"logicalTypeOptions": limits} if limits else {}


def _plain(value: object) -> object:
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    return int(number) if number.is_integer() else number


def _unit(name: str, column: dy.Column, because: str | None) -> Property:
    """What the standard has no word for."""
    told = {"unit": unit_of(name, column.dtype), "privacyBecause": because}
    found = [{"property": key, "value": value} for key, value in told.items() if value]
    return {"customProperties": found} if found else {}
