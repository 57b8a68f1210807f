"""Every type that writers have, in every nesting: its value is told, and no neighbour is lost.

A file has all types at once, so that one of them that cannot be read would take the others along.
What is expected stands beside what is written, and is wrapped by hand as the value is.
"""

import datetime as dt
import io
import json
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from mega_toys_tests.hostile.corpus import avro
from mega_toys_tests.ingestion.formats.delivered import ids, read_file, rescued

UUID = "12345678-1234-5678-1234-567812345678"
RAW = uuid.UUID(UUID).bytes
AT = dt.datetime(2026, 3, 10, 18, 30, tzinfo=dt.UTC)
LOCAL, TOLD, DAY = AT.replace(tzinfo=None), "2026-03-10T18:30:00+00:00", dt.date(2026, 3, 10)
INTERVAL = {"months": 1, "days": 2, "milliseconds": 3}
RAW_INTERVAL = b"\1\0\0\0\2\0\0\0\3\0\0\0"
LONG = Decimal("123456789012345678901234567890123456789012345.50000")


def extension(kind: pa.ExtensionType, value: Any, storage: pa.DataType) -> pa.Array:
    return pa.ExtensionArray.from_storage(kind, pa.array([value], storage))


ARROW: dict[str, tuple[pa.Array, Any]] = {
    "bool": (pa.array([True]), True),
    "u64": (pa.array([2**63 + 5], pa.uint64()), 2**63 + 5),
    "f16": (pa.array([1.5], pa.float16()), 1.5),
    "nan": (pa.array([float("nan")]), "nan"),
    "inf": (pa.array([float("-inf")]), "-inf"),
    "text": (pa.array(["Zürich"], pa.string_view()), "Zürich"),
    "bytes": (pa.array([b"ab"], pa.large_binary()), "ab"),
    "fixed": (pa.array([b"\xff\xfea"], pa.binary(3)), "\\xff\\xfea"),
    "date64": (pa.array([DAY], pa.date64()), "2026-03-10"),
    "first day": (pa.array([dt.date.min], pa.date32()), "0001-01-01"),
    "time": (pa.array([dt.time(10, 11, 12)], pa.time64("ns")), "10:11:12"),
    "local": (pa.array([LOCAL], pa.timestamp("ms")), "2026-03-10T18:30:00"),
    "half hour": (pa.array([AT], pa.timestamp("us", "+05:30")), TOLD),
    "zone": (pa.array([AT], pa.timestamp("ns", "Asia/Kolkata")), TOLD),
    "duration": (pa.array([dt.timedelta(seconds=90)], pa.duration("us")), 90_000_000),
    "decimal": (pa.array([Decimal("-12.30")], pa.decimal32(5, 2)), "-12.30"),
    "long decimal": (pa.array([LONG], pa.decimal256(60, 5)), str(LONG)),
    "dictionary": (pa.array(["x"]).dictionary_encode(), "x"),
    "uuid": (extension(pa.uuid(), RAW, pa.binary(16)), UUID),
    "json": (extension(pa.json_(), '{"a": 1}', pa.string()), '{"a": 1}'),
}
ONE = pa.array([0, 1], pa.int32())
NOUGHT, SIZE = pa.array([0], pa.int32()), pa.array([1], pa.int32())
NESTED: dict[str, tuple[Callable[[pa.Array], pa.Array], Callable[[Any], Any]]] = {
    "plain": (lambda a: a, lambda v: v),
    "list": (lambda a: pa.ListArray.from_arrays(ONE, a), lambda v: [v]),
    "list view": (lambda a: pa.ListViewArray.from_arrays(NOUGHT, SIZE, a), lambda v: [v]),
    "array": (lambda a: pa.FixedSizeListArray.from_arrays(a, 1), lambda v: [v]),
    "struct": (lambda a: pa.StructArray.from_arrays([a], ["f"]), lambda v: {"f": v}),
    "list of structs": (
        lambda a: pa.ListArray.from_arrays(ONE, pa.StructArray.from_arrays([a], ["f"])),
        lambda v: [{"f": v}],
    ),
    "map": (lambda a: pa.MapArray.from_arrays(ONE, pa.array(["k"]), a), lambda v: {"k": v}),
    "key of a map": (lambda a: pa.MapArray.from_arrays(ONE, a, pa.array([1])), lambda v: v),
}
WRITTEN: list[dict[str, Any]] = [
    {},
    {"compression": "brotli", "data_page_version": "2.0", "use_dictionary": False},
    {"compression": "lz4", "store_schema": False, "version": "1.0"},
]


@pytest.mark.parametrize("nesting", NESTED)
def test_every_type_of_arrow_is_told_in_parquet_however_it_is_written(
    nesting: str, tmp_path: Path
) -> None:
    nest, wrap = NESTED[nesting]
    table = pa.table({"id": ["a"], **{name: nest(array) for name, (array, _) in ARROW.items()}})
    for options in WRITTEN:
        out = io.BytesIO()
        pq.write_table(table, out, **options)

        rows = read_file(tmp_path, "a.parquet", out.getvalue())

        assert ids(rows) == ["a"]
        for name, (_, expected) in ARROW.items():
            told = rescued(rows)[name]
            if nesting == "key of a map":
                as_name = expected if isinstance(expected, str) else json.dumps(expected)
                assert list(told.values()) == [1], name
                if name != "zone":  # the same instant, with the offset of its zone
                    assert list(told) == [as_name], name
            else:
                assert told == wrap(expected), name


DUCKDB = {
    "interval": ("INTERVAL '1 month 2 days 3 milliseconds'", INTERVAL),
    "uuid": (f"UUID '{UUID}'", UUID),
    "enum": ("'x'::ENUM('x', 'y')", "x"),
    "blob": ("'\\xFFa'::BLOB", "\\xffa"),
    "decimal": ("1.5::DECIMAL(38, 10)", "1.5000000000"),
    "instant": ("TIMESTAMPTZ '2026-03-10 18:30:00+00'", TOLD),
    "time": ("TIME '10:11:12'", "10:11:12"),
    "array": ("[1, 2]::INT[2]", [1, 2]),
}
IN_SQL: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "plain": ("{}", lambda v: v),
    "list": ("[{}]", lambda v: [v]),
    "struct": ("{{'f': {}}}", lambda v: {"f": v}),
    "map": ("MAP {{'k': {}}}", lambda v: {"k": v}),
    "key of a key": ("MAP {{ {{'f': {}}}: 1}}", lambda v: [{"key": {"f": v}, "value": 1}]),
}


@pytest.mark.parametrize("nesting", IN_SQL)
def test_every_type_of_duckdb_is_told_in_parquet(nesting: str, tmp_path: Path) -> None:
    form, wrap = IN_SQL[nesting]
    columns = [f"{form.format(sql)} AS {name}" for name, (sql, _) in DUCKDB.items()]
    variant = ", 1::VARIANT AS v" if nesting == "plain" else ""
    written = tmp_path / "written.parquet"
    told = f"SELECT 'a' AS id, {', '.join(columns)}{variant}"
    duckdb.sql(f"COPY ({told}) TO '{written}' (FORMAT parquet)")

    rows = read_file(tmp_path / "zone", "a.parquet", written.read_bytes())

    assert ids(rows) == ["a"]
    found = {name: value for name, value in rescued(rows).items() if name != "v"}
    assert found == {name: wrap(expected) for name, (_, expected) in DUCKDB.items()}


def logical(kind: str, of: str, **more: Any) -> dict[str, Any]:
    return {"type": of, "logicalType": kind, **more}


def fixed(name: str, size: int) -> dict[str, Any]:
    return {"type": "fixed", "name": name, "size": size}


AVRO: dict[str, tuple[Any, Any, Any]] = {
    "null": ("null", None, None),
    "nan": ("double", float("nan"), "nan"),
    "bytes": ("bytes", b"\xffa", "\\xffa"),
    "enum": ({"type": "enum", "name": "e", "symbols": ["X"]}, "X", "X"),
    "fixed": (fixed("f", 3), b"abc", "abc"),
    "date": (logical("date", "int"), DAY, "2026-03-10"),
    "no_date": (logical("date", "int"), 2**31 - 1, "2147483647 days since 1970"),
    "time": (logical("time-micros", "long"), dt.time(10, 11), "10:11:00"),
    "instant": (logical("timestamp-millis", "long"), AT, TOLD),
    "local": (logical("local-timestamp-micros", "long"), LOCAL, "2026-03-10T18:30:00"),
    "beyond": (logical("timestamp-millis", "long"), 2**62, f"{2**62} ms since 1970"),
    "decimal": (logical("decimal", "bytes", precision=60, scale=5), LONG, str(LONG)),
    "uuid": (logical("uuid", "string"), UUID, UUID),
    "raw_uuid": ({"logicalKind": "uuid", **fixed("u", 16)}, RAW, UUID),  # see `written`
    "duration": (logical("duration", "fixed", name="d", size=12), RAW_INTERVAL, INTERVAL),
    "shoe": (logical("shoe", "string"), "x", "x"),
}
IN_AVRO: dict[str, tuple[Callable[[str, Any], Any], Callable[[Any], Any]]] = {
    "plain": (lambda name, kind: kind, lambda v: v),
    "list": (lambda name, kind: {"type": "array", "items": kind}, lambda v: [v]),
    "map": (lambda name, kind: {"type": "map", "values": kind}, lambda v: {"k": v}),
    "record": (
        lambda name, kind: {
            "type": "record", "name": f"of_{name}", "fields": [{"name": "f", "type": kind}],
        },
        lambda v: {"f": v},
    ),
}  # fmt: skip


def written(schema: Any, record: Any, codec: str) -> bytes:
    """A file of one record; fastavro writes neither UUIDs of 16 bytes nor, here, zstandard."""
    out, parsed = io.BytesIO(), fastavro.parse_schema(schema)
    if codec == "zstandard":
        fastavro.schemaless_writer(out, parsed, record)
        content = avro(schema, (1, zstandard.compress(out.getvalue())), codec=codec)
    else:
        fastavro.writer(out, parsed, [record], codec=codec)
        content = out.getvalue()
    return content.replace(b"logicalKind", b"logicalType")


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy", "bzip2", "zstandard", "xz"])
def test_every_type_of_avro_is_told_in_every_nesting_and_codec(codec: str, tmp_path: Path) -> None:
    for nest, wrap in IN_AVRO.values():
        kinds = [{"name": name, "type": nest(name, kind)} for name, (kind, *_) in AVRO.items()]
        fields = [{"name": "id", "type": "string"}, *kinds]
        schema = {"type": "record", "name": "t", "fields": fields}
        record = {name: wrap(value) for name, (_, value, _) in AVRO.items()}

        rows = read_file(tmp_path, "a.avro", written(schema, {"id": "a", **record}, codec))

        assert ids(rows) == ["a"]
        found = rescued(rows)
        expected = {name: wrap(told) for name, (*_, told) in AVRO.items()}
        assert {name: (found or {}).get(name) for name in expected} == expected
