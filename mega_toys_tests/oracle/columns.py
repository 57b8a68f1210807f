"""Columns: the one type in Avro or Parquet that all values of a field share."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

Row = dict[str, Any]


def as_text(value: Any) -> str:
    """A raw value as a CSV field."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return json.dumps(value, default=str) if isinstance(value, list | dict) else str(value)


def names_of(rows: list[Row]) -> list[str]:
    """Every name that some row has."""
    return list(dict.fromkeys(name for row in rows for name in row))


def kind_of(values: list[Any]) -> str:
    """The one kind of all these values; text where they differ."""
    found = {type(value) for value in values if value is not None}
    fits = {
        bool: "bool", int: "int", float: "float", datetime: "time", date: "date",
        Decimal: "decimal", list: "list", dict: "object",
    }  # fmt: skip
    kind = (
        fits.get(found.pop(), "text")
        if len(found) == 1
        else "float"
        if found == {int, float}
        else "text"
    )
    present = [value for value in values if value is not None]
    if kind == "list" and not all(isinstance(item, dict) for value in present for item in value):
        return "text"
    if kind == "int" and any(not -(2**63) <= value < 2**63 for value in present):
        return "text"
    if kind == "decimal" and any(
        value != round(value, 4) or abs(value) >= 10**14 for value in present
    ):
        return "text"
    if kind == "object" and not names_of(present):
        return "text"
    if kind == "list" and not names_of([item for value in present for item in value]):
        return "text"
    if kind == "time" and len({value.tzinfo is None for value in present}) > 1:
        return "text"
    return kind


SIMPLE: dict[str, pa.DataType] = {
    "text": pa.string(),
    "bool": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
    "date": pa.date32(),
    "decimal": pa.decimal128(18, 4),
}


def arrow_type(values: list[Any], unit: str) -> pa.DataType:
    """The Parquet type of a column."""
    kind, present = kind_of(values), [value for value in values if value is not None]
    if kind == "time":
        return pa.timestamp(unit, "UTC" if present[0].tzinfo else None)
    if kind == "list":
        items = [item for value in present for item in value]
        return pa.list_(
            pa.struct(
                [(name, arrow_type([i.get(name) for i in items], unit)) for name in names_of(items)]
            )
        )
    if kind == "object":
        return pa.struct(
            [(name, arrow_type([v.get(name) for v in present], unit)) for name in names_of(present)]
        )
    return SIMPLE[kind]


def avro_type(values: list[Any], unit: str, name: str) -> Any:
    """The Avro type of a field, null included."""
    kind, present = kind_of(values), [value for value in values if value is not None]
    if kind == "time":
        local = "" if present[0].tzinfo else "local-"
        logical = {"ms": "millis"}.get(unit, "micros")
        return ["null", {"type": "long", "logicalType": f"{local}timestamp-{logical}"}]
    if kind in ("list", "object"):
        items = present if kind == "object" else [item for value in present for item in value]
        record = avro_record(items, unit, f"{name}_item")
        return ["null", record if kind == "object" else {"type": "array", "items": record}]
    if kind == "decimal":
        return ["null", {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 4}]
    if kind == "date":
        return ["null", {"type": "int", "logicalType": "date"}]
    return ["null", {"text": "string", "bool": "boolean", "int": "long", "float": "double"}[kind]]


def avro_record(rows: list[Row], unit: str, name: str) -> Row:
    """The schema of records, every field nullable."""
    fields = [
        {"name": one, "type": avro_type([row.get(one) for row in rows], unit, f"{name}_{one}")}
        for one in names_of(rows)
    ]
    return {"type": "record", "name": name, "fields": fields}


def aligned(values: list[Any]) -> list[Any]:
    """A column whose values are all of its one kind, all the way down."""
    kind = kind_of(values)
    if kind in ("text", "float"):
        convert = as_text if kind == "text" else float
        return [None if value is None else convert(value) for value in values]
    if kind == "object":
        rows = iter(aligned_rows([value for value in values if value is not None]))
        return [None if value is None else next(rows) for value in values]
    if kind == "list":
        items = iter(aligned_rows([item for value in values if value for item in value]))
        return [None if value is None else [next(items) for _ in value] for value in values]
    return values


def aligned_rows(rows: list[Row]) -> list[Row]:
    """Rows whose columns are each of one kind."""
    names = names_of(rows)
    columns = [aligned([row.get(name) for row in rows]) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
