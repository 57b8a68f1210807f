"""The formats of the landing zone: the raw records in a file's bytes."""

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from mega_toys_tests.oracle.values import BLANKS, DEPTH, depth, strict_json, unmarked

Raw = dict[str, Any] | None
"""A record as sent; None where it cannot be read."""

MAGICS = (
    b"\xff\xfe",
    b"\xfe\xff",
    b"\x00\x00\xfe\xff",
    b"PAR1",
    b"Obj\x01",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
)
TEXT_FORMATS = (".csv", ".json", ".ndjson", ".jsonl")
LONGEST_LINE, MOST_BYTES, MOST_GROWTH = 64 << 20, 4 << 30, 200


class UnreadableError(Exception):
    """A file that cannot be read as a whole."""


def require(holds: bool, why: str) -> None:
    """Refuse the whole file unless the condition holds."""
    if not holds:
        raise UnreadableError(why)


def decompressed(packed: bytes, suffix: str) -> bytes:
    """The whole content of a .gz or .zst file; a torn one has none."""
    try:
        body = gzip.decompress(packed) if suffix == ".gz" else unzstd(packed)
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise UnreadableError(str(error)) from error
    require(len(body) <= min(MOST_BYTES, MOST_GROWTH * len(packed)), "it expands too far")
    return body


def unzstd(packed: bytes) -> bytes:
    """Every frame of a zstd file."""
    parts = []
    while packed:
        frame = zstandard.ZstdDecompressor().decompressobj()
        parts.append(frame.decompress(packed))
        if not frame.eof:
            raise EOFError("the last frame is torn")
        packed = frame.unused_data
    return b"".join(parts)


def read_text(body: bytes, suffix: str, names: frozenset[str]) -> list[Raw]:
    """The records of a text file's (decompressed) bytes."""
    require(b"\0" not in body[:4096], "it has a NUL")
    require(not body.startswith(MAGICS), "it is of another format")
    body = body.removeprefix(b"\xef\xbb\xbf")
    if suffix == ".csv":
        return read_csv(body, names)
    return read_json(body) if suffix == ".json" else read_lines(body)


def json_record(value: Any) -> Raw:
    """The value, if it is an object that is not nested too deep."""
    return value if isinstance(value, dict) and depth(value) <= DEPTH else None


def json_object(value: Any) -> Raw:
    """The same of text, where values may be marked as MongoDB does."""
    record = json_record(value)
    return None if record is None else {name: unmarked(one) for name, one in record.items()}


def read_json(body: bytes) -> list[Raw]:
    """The objects of one JSON array, the one object, or one object a line."""
    if not body:
        return []
    try:
        text = body.decode()
        try:
            values = strict_json(text)
        except ValueError:
            values = [strict_json(line) for line in text.split("\n") if line.strip(BLANKS)]
            require(all(isinstance(value, dict) for value in values), "a line is no object")
    except (ValueError, RecursionError) as error:
        raise UnreadableError(str(error)) from error
    require(isinstance(values, list | dict), "it is neither array nor object")
    return [json_object(value) for value in (values if isinstance(values, list) else [values])]


def json_line(line: bytes) -> Raw:
    """One record from one line of JSON."""
    if len(line) > LONGEST_LINE:
        return None
    try:
        return json_object(strict_json(line.decode()))
    except (ValueError, RecursionError):
        return None


def read_lines(body: bytes) -> list[Raw]:
    """One record a line; blank lines are none."""
    return [json_line(line) for line in body.split(b"\n") if line.strip(BLANKS.encode())]


def csv_rows(body: bytes) -> Iterator[list[bytes] | None]:
    """The rows of RFC 4180 as bytes, without blank lines; None for each line of an ill one."""
    at = 0
    while at < len(body):
        row: list[bytes] = []
        start, is_well_formed = at, True
        while True:
            field, at, is_sound = csv_field(body, at)
            row.append(field)
            is_well_formed = is_well_formed and is_sound
            if body[at : at + 1] != b",":
                break
            at += 1
        lines = [line for line in body[start:at].split(b"\n") if line.strip(BLANKS.encode())]
        at += 2 if body[at : at + 2] == b"\r\n" else 1
        if not is_well_formed:
            yield from [None] * len(lines)
        elif lines:
            yield row


def csv_field(body: bytes, at: int) -> tuple[bytes, int, bool]:
    """The field that begins here, where it ends, and whether its quote is closed for good."""
    quoted, begun = b"", at
    if body[at : at + 1] == b'"':
        at += 1
        while True:
            close = body.find(b'"', at)
            if close < 0:
                return b"", len(body), False
            quoted += body[at:close]
            at = close + 1
            if body[at : at + 1] != b'"':
                break
            quoted += b'"'
            at += 1
    ends = [end for mark in (b",", b"\n") if (end := body.find(mark, at)) >= 0]
    end = min(ends, default=len(body))
    if body[end : end + 1] == b"\n" and body[at:end].endswith(b"\r"):
        end -= 1
    after = body[at:end]
    return quoted + after, end, at == begun or not after.strip(BLANKS.encode())


def read_csv(body: bytes, names: frozenset[str]) -> list[Raw]:
    """One record a row, under the names of the header. Lines may all end in CR alone."""
    if b"\n" not in body:
        body = body.replace(b"\r", b"\n")
    rows = csv_rows(body)
    first = next(rows, [])
    if first == []:
        return []
    require(first is not None, "its header is ill")
    assert first is not None
    try:
        header = [name.decode().strip(BLANKS) for name in first]
    except UnicodeDecodeError as error:
        raise UnreadableError(str(error)) from error
    ours = [name for name in header if name in names]
    require(bool(ours), "its header has none of the fields")
    require(len(set(ours)) == len(ours), "its header names a field twice")
    return [csv_record(header, row) for row in rows]


def csv_record(header: list[str], row: list[bytes] | None) -> Raw:
    """One row under its header, unless ragged, ill, too long or not UTF-8."""
    if row is None or len(row) != len(header) or sum(map(len, row)) > LONGEST_LINE:
        return None
    try:
        return dict(zip(header, (field.decode() for field in row), strict=True))
    except UnicodeDecodeError:
        return None


def read_avro(body: bytes) -> list[Raw]:
    """The records of an Avro object container file."""
    try:
        found: list[Any] = list(fastavro.reader(io.BytesIO(body)))
    except Exception as error:  # fastavro raises whatever the torn bytes lead it to
        raise UnreadableError(str(error)) from error
    return [json_record(value) for value in found]


def read_parquet(body: bytes) -> list[Raw]:
    """The rows of a Parquet file; its instants cut off beyond microseconds."""
    try:
        table = pq.read_table(pa.BufferReader(body))
        for at, column in enumerate(table.schema):
            if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
                coarse = pa.timestamp("us", column.type.tz)
                table = table.set_column(at, column.name, table[at].cast(coarse, safe=False))
        found: list[Any] = table.to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableError(str(error)) from error
    return [json_record(value) for value in found]


def read_kafka(body: bytes) -> list[Raw]:
    """The records in the values of a live stream; none in Avro, for want of a registry."""
    rows = read_parquet(body)
    values = [row.get("value") if row else None for row in rows]
    return [json_line(value) if isinstance(value, bytes) else None for value in values]
