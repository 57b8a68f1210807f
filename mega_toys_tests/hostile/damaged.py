"""More of the corpus: files whose parts say other things than what is there, or very much of it."""

import json
import struct
from collections.abc import Callable

import pyarrow as pa
import zstandard

from mega_toys_tests.hostile.corpus import (
    BILLION,
    EVENT,
    MB,
    avro,
    line,
    number,
    parquet,
    record,
    text,
)

HEADER = b"event_id,client_id,ts,event_name,device,page\n"
ROW = b"bad,c,2026-03-10T12:00:00Z,page_view,mobile,"
LAST = "\U0010ffff"


def of(kind: object, *values: bytes) -> bytes:
    """An Avro file of records with a field `x` of this type."""
    rows = b"".join(text(b"bad") + value for value in values)
    return avro(record(event_id="string", x=kind), (len(values), rows))


def many_parts(many: int) -> bytes:
    """A Parquet file whose footer holds so many lists of nothing in a field that nobody knows."""
    content = parquet(event_id=["bad"])
    length = struct.unpack("<I", content[-8:-4])[0]
    footer = content[-8 - length : -9]
    size = b""
    left = many
    while left > 0x7F:
        size, left = size + bytes([left & 0x7F | 0x80]), left >> 7
    footer += b"\x09\x28\xf9" + size + bytes([left]) + b"\x00" * many + b"\x00"
    return content[: -8 - length] + footer + struct.pack("<I", len(footer)) + b"PAR1"


UUID = {"type": "string", "logicalType": "uuid"}
DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 10**9, "scale": 10**9}
DAMAGED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "an Avro of 300,000 fields": (
        "a.avro",
        lambda: avro(
            record(event_id="string", **{f"c{at}": "null" for at in range(300_000)}),
            (1, text(b"bad")),
        ),
    ),
    "an Avro union of 100,000 types": (
        "a.avro",
        lambda: of(
            [{"type": "enum", "name": f"e{at}", "symbols": ["A"]} for at in range(100_000)],
            number(0) * 2,
        ),
    ),
    "an Avro of UUIDs that are none": (
        "a.avro", lambda: of(UUID, text(b"none"), text(b""), text(b"\xff"))
    ),
    "an Avro decimal of 10^9 digits": ("a.avro", lambda: of(DECIMAL, text(b"\x7f" * 1000))),
    "an Avro map of 2^40 names": (
        "a.avro", lambda: of({"type": "map", "values": "null"}, number(BILLION) + text(b"k") * 99)
    ),
    "an Avro list of less than no items": (
        "a.avro", lambda: of({"type": "array", "items": "long"}, number(-3) + number(-(2**62)))
    ),
    "an Avro list of five million numbers": (
        "a.avro",
        lambda: of(
            {"type": "array", "items": "long"},
            number(5 * 10**6) + number(1) * (5 * 10**6) + number(0),
        ),
    ),
    "an Avro zstd block of 1 GB": (
        "a.avro",
        lambda: avro(
            record(event_id="string"),
            (1, zstandard.compress(text(b"\0" * (1024 * MB)))),
            codec="zstandard",
        ),
    ),
    "an Avro of 100,000 blocks of nothing": (
        "a.avro", lambda: avro(record(event_id="string"), *[(0, b"")] * 100_000)
    ),
    "a Parquet footer of ten million parts": ("a.parquet", lambda: many_parts(10**7)),
    "a Parquet struct of 20,000 fields": (
        "a.parquet", lambda: parquet(event_id=["bad"], x=[{f"c{at}": 1 for at in range(20_000)}])
    ),
    "a Parquet of a million nulls": (
        "a.parquet", lambda: parquet(event_id=pa.nulls(10**6, pa.string()))
    ),
    "a Parquet of a column named by a megabyte": (
        "a.parquet", lambda: parquet(event_id=["bad"], **{"x" * MB: ["x"]})
    ),
    "a Parquet column named by signs of control": (
        "a.parquet", lambda: parquet(event_id=["bad"], **{"\0\x1b[2J\u202e\n": ["x"]})
    ),
    "a text of last characters": (
        "a.ndjson", lambda: line(page=LAST * MB) + b"\n" + line(page="\x7f" * MB)
    ),
    "a CSV of 9,000 columns, all full": (
        "a.csv",
        lambda: HEADER[:-1] + b"".join(b",c%d" % at for at in range(9000)) + b"\n"
        + (ROW + b",1" * 9000 + b"\n") * 200,
    ),
    "a CSV whose quote stays open for 20 MB": (
        "a.csv", lambda: HEADER + ROW + b'"' + (b"x" * 99 + b"\n") * (MB // 5)
    ),
    "a CSV of lone surrogates and NULs": (
        "a.csv", lambda: HEADER + ROW + b"\xed\xa0\x80\n" + b"a\n" * 5000 + ROW + b"\0\n"
    ),
    "a million names of one record": (
        "a.ndjson", lambda: json.dumps(EVENT | {f"k{at}": 1 for at in range(10**6)}).encode()
    ),
    "5,000 lines of the same lists nested 99 deep": (
        "a.ndjson",
        lambda: line(x=0).replace(b"0}", b"[" * 99 + b"]" * 99 + b"}\n") * 5000,
    ),
    "the same name a million times": (
        "a.ndjson", lambda: b"{" + b",".join([b'"event_id":"bad"'] * 10**6) + b"}"
    ),
    "700,000 lines of objects of nothing": ("a.ndjson", lambda: b"{}\n" * 700_000),
    "a CSV of 8 MB of line feeds in a quote": ("a.csv", lambda: HEADER + b'"' + b"\n" * (8 * MB)),
    "an Avro of a million texts of nothing": (
        "a.avro", lambda: avro(record(event_id="string"), *[(10**5, text(b"") * 10**5)] * 10)
    ),
    "an array of 100,000 numbers": ("a.json", lambda: b"[" + b"1," * 100_000 + b"1]"),
}  # fmt: skip
