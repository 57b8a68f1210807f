"""Packing: raw records as the bytes of a file, in every format of the landing zone."""

import gzip
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from mega_toys_tests.oracle.columns import (
    Row,
    aligned_rows,
    arrow_type,
    as_text,
    avro_record,
    names_of,
)

Lines = list[bytes]
BOM = b"\xef\xbb\xbf"


def compressed(body: bytes, suffix: str) -> bytes:
    """The body as .gz or .zst, or as it is."""
    if suffix == ".gz":
        return gzip.compress(body, mtime=0)
    return zstandard.ZstdCompressor().compress(body) if suffix == ".zst" else body


def json_line(row: Row, rng: Random) -> bytes:
    """One object; now and then a name comes twice (the last counts) or in another case too."""
    text = json.dumps(row, ensure_ascii=rng.random() < 0.5, default=as_text)
    if row and rng.random() < 0.02:
        name = next(iter(row))
        text = f'{{"{rng.choice((name, name.upper()))}": "not this", {text[1:]}'
    return text.encode()


def csv_field(text: str, rng: Random) -> str:
    """One field, quoted where it must be and sometimes where it need not."""
    must = any(mark in text for mark in ",\r\n") or text.startswith('"')
    if must or rng.random() < 0.1 or ('"' in text and rng.random() < 0.5):
        blanks = rng.choice(("", "", "", " ", "\t ")) if rng.random() < 0.2 else ""
        return '"' + text.replace('"', '""') + '"' + blanks
    return text


def csv_lines(rows: list[Row], rng: Random) -> Lines:
    """A header and a line a row, columns in any order."""
    names = names_of(rows)
    rng.shuffle(names)
    lines = [[rng.choice((name, name, f" {name} ")) for name in names]]
    lines += [[as_text(row.get(name)) for name in names] for row in rows]
    if rng.random() < 0.1:
        lines = [
            [*line, *(("1", "2") if at else ("note", "note"))] for at, line in enumerate(lines)
        ]
    return [",".join(csv_field(text, rng) for text in line).encode() for line in lines]


def joined(lines: Lines, rng: Random, ends: tuple[bytes, ...] = (b"\n", b"\r\n")) -> bytes:
    """The lines of a text file, with or without mark, blank lines and a last line end."""
    end = rng.choice((b"\n", *ends))
    blank = end if rng.random() < 0.2 else b""
    body = (
        end.join(lines[:-1]) + (end if len(lines) > 1 else b"") + blank + lines[-1]
        if lines
        else b""
    )
    return (BOM if rng.random() < 0.1 else b"") + body + rng.choice((end, end, b""))


def pack_parquet(rows: list[Row], rng: Random) -> bytes:
    """A Parquet file."""
    unit = rng.choice(("ms", "us", "ns"))
    names = names_of(rows)
    columns = {name: [row.get(name) for row in rows] for name in names}
    schema = pa.schema([(name, arrow_type(columns[name], unit)) for name in names])
    table = pa.Table.from_pylist(aligned_rows(rows), schema)
    return parquet_bytes(table, rng)


def parquet_bytes(table: pa.Table, rng: Random) -> bytes:
    """A table as a Parquet file."""
    out = io.BytesIO()
    pq.write_table(
        table, out, compression=rng.choice(("snappy", "zstd", "none")), row_group_size=50
    )
    return out.getvalue()


def pack_kafka(rows: list[Row], rng: Random) -> bytes:
    """A delivery of a live stream: each value is one record as JSON."""
    count = len(rows)
    columns = {
        "topic": pa.array(["topic"] * count),
        "partition": pa.array([0] * count, pa.int32()),
        "offset": pa.array(range(1000, 1000 + count), pa.int64()),
        "timestamp": pa.array(
            [datetime(2026, 3, 10, tzinfo=UTC)] * count, pa.timestamp("ms", "UTC")
        ),
        "key": pa.array([b"key"] * count, pa.binary()),
        "value": pa.array([json_line(row, rng) for row in rows], pa.binary()),
        "headers": pa.array(
            [[]] * count, pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())]))
        ),
    }
    return parquet_bytes(pa.table(columns), rng)


def pack_avro(rows: list[Row], rng: Random) -> bytes:
    """An Avro object container file."""
    out = io.BytesIO()
    schema = avro_record(rows, rng.choice(("ms", "us")), "row")
    codec, sync = rng.choice(("null", "deflate")), rng.randbytes(16)
    fastavro.writer(out, schema, aligned_rows(rows), codec, 2000, sync_marker=sync)
    return out.getvalue()


def pack_json(rows: list[Row], rng: Random) -> bytes:
    """One array of objects, or one object a line, or the one object over several lines."""
    lines = [json_line(row, rng) for row in rows]
    if lines and rng.random() < 0.3:
        return lines[0].replace(b"{", b"{\n", 1) if len(lines) == 1 else joined(lines, rng)
    return b"[" + rng.choice((b",", b",\n", b" ,\r\n  ")).join(lines) + b"]"


def unspoilt(lines: Lines) -> Lines:
    """The lines as they are."""
    return lines


def pack(
    rows: list[Row], form: str, rng: Random, spoil: Callable[[Lines], Lines] = unspoilt
) -> bytes:
    """The rows in a format; `spoil` may damage the lines of those read record by record."""
    if form in (".ndjson", ".jsonl"):
        return joined(spoil([json_line(row, rng) for row in rows]), rng)
    if form == ".csv":
        lines = spoil(csv_lines(rows, rng))
        may_end_in_cr = not any(mark in line for line in lines for mark in (b"\n", b"\r"))
        return joined(lines, rng, (b"\n", b"\r\n", b"\r") if may_end_in_cr else (b"\n", b"\r\n"))
    packs = {
        ".json": pack_json,
        ".avro": pack_avro,
        ".parquet": pack_parquet,
        ".kafka.parquet": pack_kafka,
    }
    return packs[form](rows, rng)
