"""The corpus of hostile files: each by its name, with what makes its content."""

import gzip
import io
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

SYNC = b"0123456789abcdef"
MB = 1 << 20
EVENT = {
    "event_id": "good", "client_id": "c1", "ts": "2026-03-10T12:00:00Z",
    "event_name": "page_view", "device": "mobile",
}  # fmt: skip


def number(value: int) -> bytes:
    """A whole number as Avro writes it."""
    value = (value << 1) ^ (value >> 63)
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def text(value: bytes) -> bytes:
    """Bytes as Avro writes them."""
    return number(len(value)) + value


def avro(schema: Any, *blocks: tuple[int, bytes], codec: str = "null") -> bytes:
    """An Avro file of blocks, each of so many records as it says."""
    told = schema if isinstance(schema, bytes) else json.dumps(schema).encode()
    meta = number(2) + text(b"avro.schema") + text(told)
    meta += text(b"avro.codec") + text(codec.encode()) + number(0)
    packed = b"".join(number(n) + text(content) + SYNC for n, content in blocks)
    return b"Obj\x01" + meta + SYNC + packed


def deflated(content: bytes) -> bytes:
    """Content as Avro's codec deflate packs it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def record(name: str = "r", **fields: Any) -> dict[str, Any]:
    """A type of Avro with these fields."""
    told = [{"name": field, "type": kind} for field, kind in fields.items()]
    return {"type": "record", "name": name, "fields": told}


def nested_avro(depth: int) -> bytes:
    """A record in a record, so many deep, in Avro."""
    head = '{"type":"record","name":"r%d","fields":[{"name":"event_id","type":'
    told = "".join(head % level for level in range(depth)) + '"string"' + "}]}" * depth
    return avro(told.encode(), (1, text(b"bad")))


def nested_lists(depth: int) -> bytes:
    """A list in a list, so many deep, in Avro."""
    told = '{"type":"array","items":' * depth + '"string"' + "}" * depth
    schema = f'{{"type":"record","name":"r","fields":[{{"name":"x","type":{told}}}]}}'
    return avro(schema.encode(), (1, number(1) * depth + text(b"bad") + number(0) * depth))


def laughs(levels: int) -> bytes:
    """Records of two records of two records, of which the last have no field: no byte in all."""
    kind: Any = record("r0")
    for level in range(1, levels):
        kind = record(f"r{level}", a=kind, b=f"r{level - 1}")
    return avro(record("top", event_id="string", x=kind), (1, text(b"bad")))


def parquet(**columns: Any) -> bytes:
    """A Parquet file of columns."""
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def _listed(value: pa.Array) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), value)


def nested_parquet(depth: int, *, lists: bool = False) -> bytes:
    """A struct in a struct, or a list in a list, so many deep."""
    value = pa.array(["bad"])
    for _ in range(depth):
        value = _listed(value) if lists else pa.StructArray.from_arrays([value], ["f"])
    return parquet(event_id=["bad"], x=value)


def deep_footer(depth: int) -> bytes:
    """A Parquet file of which only the footer is, with groups in groups."""
    element = b"\x35\x00\x18\x01f\x15\x02\x00"  # REQUIRED, name `f`, one child
    leaf = b"\x15\x0c\x25\x00\x18\x01f\x00"  # BYTE_ARRAY
    count = depth + 2
    size = bytes([0xFC]) + _unsigned(count)
    root = b"\x48\x01r\x15\x02\x00"
    schema = b"\x15\x02\x19" + size + root + element * depth + leaf
    footer = schema + b"\x16\x02\x19\x0c\x00"
    return b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1"


def _unsigned(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def line(**told: Any) -> bytes:
    """An event as a line of JSON."""
    return json.dumps(EVENT | {"event_id": "bad"} | told).encode()


def kafka(*values: bytes) -> bytes:
    """A stream's delivery of these values."""
    return parquet(value=pa.array(values, pa.binary()))


def with_footer_length(content: bytes, length: int) -> bytes:
    """A Parquet file that tells another length of its footer."""
    return content[:-8] + struct.pack("<I", length) + b"PAR1"


ID = record(event_id="string")
EMPTY = {"type": "array", "items": "null"}
BILLION = 2**40
IN_MS = pa.array([1_773_144_000_000_000_000, 0], pa.int64()).view(pa.timestamp("ms", "UTC"))
CORPUS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "an Avro type that contains itself": (
        "a.avro", lambda: avro(record("R", event_id="string", next="R"), (1, text(b"bad")))
    ),
    "an Avro type that may contain itself, very often": (
        "a.avro",
        lambda: avro(
            record("R", event_id="string", next=["null", "R"]),
            (1, (text(b"") + number(1)) * MB + text(b"") + number(0)),
        ),
    ),
    "an Avro type of itself in lists": (
        "a.avro",
        lambda: avro(
            record("R", x={"type": "array", "items": "R"}), (1, number(1) * MB + number(0) * MB)
        ),
    ),
    "Avro records nested 10,000 deep": ("a.avro", lambda: nested_avro(10_000)),
    "Avro records nested 300 deep": ("a.avro", lambda: nested_avro(300)),
    "Avro lists nested 900 deep": ("a.avro", lambda: nested_lists(900)),
    "Avro lists nested 150 deep": ("a.avro", lambda: nested_lists(150)),
    "an Avro union in unions, 100,000 deep": (
        "a.avro", lambda: avro(b"[" * 10**5 + b'"null"' + b"]" * 10**5, (1, b"\0"))
    ),
    "an Avro list of 2^40 nulls": (
        "a.avro", lambda: avro(record(x=EMPTY), (1, number(BILLION) + number(0)))
    ),
    "an Avro list of 2^40 records of nothing": (
        "a.avro",
        lambda: avro(
            record(x={"type": "array", "items": record("nothing")}),
            (1, number(BILLION) + number(0)),
        ),
    ),
    "an Avro list of 200,000 times a thousand nulls": (
        "a.avro", lambda: avro(record(x=EMPTY), (1, number(1000) * 200_000 + number(0)))
    ),
    "an Avro list of 200,000 times a thousand records of nothing": (
        "a.avro",
        lambda: avro(
            record(x={"type": "array", "items": record("nothing", a="null", b="null")}),
            (1, number(1000) * 200_000 + number(0)),
        ),
    ),
    "an Avro list of 2^40 nulls in a packed block": (
        "a.avro",
        lambda: avro(record(x=EMPTY), (1, deflated(number(BILLION) + b"\0")), codec="deflate"),
    ),
    "an Avro list that tells 2^40 texts": (
        "a.avro",
        lambda: avro(
            record(x={"type": "array", "items": "string"}), (1, number(BILLION) + b"\0" * 99)
        ),
    ),
    "an Avro text of 2^60 bytes": ("a.avro", lambda: avro(ID, (1, number(2**60) + b"x"))),
    "an Avro text of less than no bytes": ("a.avro", lambda: avro(ID, (1, number(-5) + b"x"))),
    "an Avro block of 2^60 records": ("a.avro", lambda: avro(ID, (2**60, text(b"bad")))),
    "an Avro block of fewer records than none": (
        "a.avro", lambda: avro(ID, (-(2**40), text(b"bad")), (1, text(b"bad")))
    ),
    "an Avro map of 2^50 names in its header": (
        "a.avro", lambda: b"Obj\x01" + number(2**50) + text(b"a") * 1000
    ),
    "an Avro header that never ends": ("a.avro", lambda: b"Obj\x01" + number(1) * MB),
    "an Avro of records of records of nothing": ("a.avro", lambda: laughs(40)),
    "an Avro fixed of 2^50 bytes": (
        "a.avro",
        lambda: avro(record(x={"type": "fixed", "name": "f", "size": 2**50}), (1, b"x" * 99)),
    ),
    "an Avro decimal of 60,000 digits": (
        "a.avro",
        lambda: avro(
            record(
                value={
                    "type": "bytes", "logicalType": "decimal", "precision": 60_000, "scale": 59_999
                }
            ),
            (1, text(b"\x7f" * 25_000)),
        ),
    ),
    "an Avro union that names branch 2^40": (
        "a.avro", lambda: avro(record(x=["null", "string"]), (1, number(BILLION)))
    ),
    "an Avro snappy block that tells 4 GB": (
        "a.avro", lambda: avro(ID, (1, b"\xff\xff\xff\xff\x0f" + b"x" * 20), codec="snappy")
    ),
    "an Avro deflate block of 100 MB": (
        "a.avro",
        lambda: avro(ID, (1, deflated(text(b"x" * (100 * MB)))), codec="deflate"),
    ),
    "an Avro of a codec that nobody knows": (
        "a.avro", lambda: avro(ID, (1, text(b"bad")), codec="\x1b[2Jcodec")
    ),
    "an Avro enum of place 2^31": (
        "a.avro",
        lambda: avro(
            record(device={"type": "enum", "name": "e", "symbols": ["A"]}), (1, number(2**31 - 1))
        ),
    ),
    "an Avro type as a number": ("a.avro", lambda: avro(record(x=7), (1, b"\0"))),
    "a Parquet struct 450 deep": ("a.parquet", lambda: nested_parquet(450)),
    "a Parquet struct 150 deep": ("a.parquet", lambda: nested_parquet(150)),
    "a Parquet list 300 deep": ("a.parquet", lambda: nested_parquet(300, lists=True)),
    "a Parquet footer 100,000 deep": ("a.parquet", lambda: deep_footer(100_000)),
    "a Parquet footer of 4 GB": (
        "a.parquet", lambda: with_footer_length(parquet(event_id=["bad"]), 2**32 - 1)
    ),
    "a Parquet footer of nothing": (
        "a.parquet", lambda: with_footer_length(parquet(event_id=["bad"]), 0)
    ),
    "a Parquet footer that tells 2^31 columns": (
        "a.parquet",
        lambda: b"PAR1\x15\x02\x19\xfc\xff\xff\xff\xff\x07\x0d\0\0\0PAR1",
    ),
    "nanoseconds in a Parquet column of milliseconds": (
        "a.parquet", lambda: parquet(event_id=["bad", "bad2"], ts=IN_MS)
    ),
    "nanoseconds in an unknown column of milliseconds": (
        "a.parquet", lambda: parquet(event_id=["bad", "bad2"], x=IN_MS)
    ),
    "nanoseconds in lists of milliseconds": (
        "a.parquet",
        lambda: parquet(
            event_id=["bad"], x=pa.ListArray.from_arrays(pa.array([0, 2], pa.int32()), IN_MS)
        ),
    ),
    "a Parquet of 20,000 columns": (
        "a.parquet",
        lambda: parquet(event_id=["bad"], **{f"c{at}": ["x"] for at in range(20_000)}),
    ),
    "a stream of values nested deep": (
        "a.kafka.parquet", lambda: kafka(b"[" * 10**6, line(x=0), b'{"a":' * 10**5 + b"}" * 10**5)
    ),
    "a stream of values 450 structs deep": ("a.kafka.parquet", lambda: nested_parquet(450)),
    "a stream of a number of a million digits": (
        "a.kafka.parquet", lambda: kafka(line(x=0).replace(b"0}", b"7" * MB + b"}"))
    ),
    "lists nested a million deep": (
        "a.ndjson", lambda: line(x=0).replace(b"0}", b"[" * MB + b"]" * MB + b"}")
    ),
    "objects nested 300 deep": (
        "a.ndjson", lambda: line(x=0).replace(b"0}", b'{"a":' * 300 + b"0" + b"}" * 301)
    ),
    "an array of lists never closed": ("a.json", lambda: b"[" * (5 * MB)),
    "an array of objects never closed": ("a.json", lambda: b'[{"a":' * (2 * MB)),
    "a number of ten million digits": (
        "a.ndjson", lambda: line(quantity=0).replace(b"0}", b"7" * (10 * MB) + b"}")
    ),
    "a number of a huge exponent": (
        "a.json", lambda: b"[" + line(value=0).replace(b"0}", b"1e999999999}") + b"]"
    ),
    "a number of a huge exponent as text": (
        "a.ndjson", lambda: line(quantity="1e999999999", value="1e-999999999")
    ),
    "a CSV of quotes never closed": (
        "a.csv", lambda: b"event_id,page\n" + b'bad,"x\n' * 300_000
    ),
    "a CSV of nothing but quotes": ("a.csv", lambda: b"event_id,page\n" + b'"' * (20 * MB)),
    "a CSV with an unknown name of 2 MB": (
        "a.csv", lambda: b"event_id," + b"x" * (2 * MB) + b"\n" + b"bad,1\n" * 20_000
    ),
    "a CSV of a million columns": (
        "a.csv", lambda: b"event_id" + b",x" * MB + b"\nbad" + b"," * MB
    ),
    "a gzip of gzips": ("a.ndjson.gz", lambda: gzip.compress(gzip.compress(b"0" * (50 * MB)))),
    "a gzip of 100,000 members": (
        "a.ndjson.gz", lambda: gzip.compress(b"") * 100_000 + gzip.compress(line())
    ),
    "a gzip that ends within its header": ("a.csv.gz", lambda: b"\x1f\x8b\x08\x1c" + b"x" * 5000),
    "a gzip with a name of 10 MB": (
        "a.csv.gz", lambda: b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"x" * (10 * MB)
    ),
    "a zstd that wants a window of 2 GB": (
        "a.ndjson.zst", lambda: b"\x28\xb5\x2f\xfd\x00\xa8" + b"\x01\x00\x00" * 10
    ),
    "a zstd of 100,000 frames of nothing": (
        "a.ndjson.zst", lambda: zstandard.compress(b"") * 100_000
    ),
    "a zstd that tells 2^60 bytes": (
        "a.ndjson.zst",
        lambda: b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", 2**60) + b"\x01\x00\x00",
    ),
}  # fmt: skip
