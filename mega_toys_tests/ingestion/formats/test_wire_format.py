"""Records of Avro in the Confluent wire format, whose schemas stand in the file's metadata."""

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import polars as pl
import pytest

from mega_toys_tests.ingestion.formats.delivered import avro, read_file, unreadable

FLAT: dict[str, Any] = {
    "type": "record", "name": "Reading", "namespace": "plant",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "n", "type": ["null", "double"], "default": None},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["a", "b"]}},
        {"name": "x", "type": "long"},
    ],
}  # fmt: skip
NESTED: dict[str, Any] = {
    "type": "record", "name": "Reading",
    "fields": [
        {"name": "id", "type": ["string", "null"]},
        {"name": "n", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9,
                               "scale": 2}},
        {"name": "x", "type": {"type": "map", "values": {"type": "array", "items": "int"}}},
    ],
}  # fmt: skip
NOON = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
FLAT_ROWS = [
    {"id": f"r-{n}", "n": n / 3 if n % 2 else None, "at": NOON, "kind": "b", "x": n}
    for n in range(100)
]
NESTED_ROWS = [{"id": f"r-{n}", "n": Decimal(n) / 4, "x": {"k": [n]}} for n in range(100)]


def framed(schema: dict[str, Any], row: dict[str, Any], number: int) -> bytes:
    out = io.BytesIO(b"\0" + number.to_bytes(4, "big"))
    out.seek(0, io.SEEK_END)
    fastavro.schemaless_writer(out, schema, row)
    return out.getvalue()


def stream(values: list[bytes], **schemas: Any) -> bytes:
    """A stream's delivery; `s<id>` is a schema."""
    out = io.BytesIO()
    told = {f"schema:{name[1:]}": json.dumps(schema) for name, schema in schemas.items()}
    pl.DataFrame({"value": values}, {"value": pl.Binary}).write_parquet(out, metadata=told)
    return out.getvalue()


def as_file(tmp_path: Path, schema: dict[str, Any], rows: list[Any]) -> pl.DataFrame:
    """What the same records give in an Avro file."""
    return read_file(tmp_path, "a.avro", avro(tmp_path / "x", schema, rows))


SAME = ["id", "n", "_rescued", "_unfit", "_row"]


@pytest.mark.parametrize(("schema", "rows"), [(FLAT, FLAT_ROWS), (NESTED, NESTED_ROWS)])
def test_records_of_a_schema_are_as_those_of_an_avro_file(
    schema: dict[str, Any], rows: list[Any], tmp_path: Path
) -> None:
    values = [framed(schema, row, 7) for row in rows]

    found = read_file(tmp_path, "a.kafka.parquet", stream(values, s7=schema))

    assert found.select(SAME).equals(as_file(tmp_path, schema, rows).select(SAME))


def test_a_record_that_cannot_be_decoded_takes_no_other_with_it(tmp_path: Path) -> None:
    values = [framed(FLAT, row, 7) for row in FLAT_ROWS]
    values[10] = values[10][:-1]  # torn
    values[20] += b"\0"  # what follows is not looked at, as by Confluent's own reader
    values[30] = b"\0\0\0\0\x08" + values[30][5:]  # of a schema that nobody knows
    values[40] = b"\0\0"
    values[50] = b'{"id": "json", "n": 1}'
    values[60] = framed(NESTED, NESTED_ROWS[60], 9)

    found = read_file(tmp_path, "a.kafka.parquet", stream(values, s7=FLAT, s9=NESTED))

    assert unreadable(found) == [10, 30, 40]
    kept = found.filter(~pl.col("_row").is_in([10, 30, 40, 50, 60]))
    whole = as_file(tmp_path, FLAT, FLAT_ROWS).filter(pl.col("_row").is_in(kept["_row"].implode()))
    assert kept.select(SAME).equals(whole.select(SAME))
    assert found.filter(pl.col("_row") == 50).select("id", "n").row(0) == ("json", 1.0)
    assert found.filter(pl.col("_row") == 60).select("id", "n").row(0) == ("r-60", 15.0)


def test_json_after_the_id_of_a_schema_of_json_is_read(tmp_path: Path) -> None:
    values = [b'\0\0\0\0\x07{"id": "a"}', b"\0\0\0\0\x07torn"]
    out = io.BytesIO()
    pl.DataFrame({"value": values}).write_parquet(out, metadata={"schema:7": "JSON"})

    found = read_file(tmp_path, "a.kafka.parquet", out.getvalue())

    assert found["id"].to_list() == ["a", None]


EMPTY = {"type": "array", "items": "null"}


@pytest.mark.parametrize(
    "schema",
    [
        "torn {",
        {"type": "record", "name": "A", "fields": [{"name": "id", "type": "A"}]},
        {"type": "record", "name": "A", "fields": [{"name": "id", "type": "no such type"}]},
        {"type": "record", "name": "A", "fields": [{"name": "id"}]},
        "string",
        {"type": "record", "name": "A", "fields": 7},
    ],
    ids=str,
)
def test_records_of_a_schema_that_is_none_are_unreadable(schema: Any, tmp_path: Path) -> None:
    content = stream([framed(FLAT, FLAT_ROWS[0], 7), b'{"id": "b"}'], s7=schema)

    found = read_file(tmp_path, "a.kafka.parquet", content)

    assert (unreadable(found), found["id"].to_list()) == ([0], [None, "b"])


def test_a_body_that_says_that_it_holds_a_billion_of_nothing_is_refused(tmp_path: Path) -> None:
    schema = {"type": "record", "name": "A", "fields": [{"name": "id", "type": EMPTY}]}
    billion = io.BytesIO()
    fastavro.schemaless_writer(billion, {"type": "long"}, 10**9)
    content = stream([b"\0\0\0\0\x07" + billion.getvalue() + b"\0"] * 2, s7=schema)

    assert unreadable(read_file(tmp_path, "a.kafka.parquet", content)) == [0, 1]
