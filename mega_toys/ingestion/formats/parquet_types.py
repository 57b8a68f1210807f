"""A Parquet file's own types, where Polars would go by others that its writer embedded.

Polars trusts the Arrow schema in the footer, and fails on some of its types; it has none for an
interval, reads a UUID as bytes, and holds an INT96 in nanoseconds.
"""

import io
import re
import shutil
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import polars as pl

from mega_toys.ingestion.formats.parquet_footer import bytes_of_footer
from mega_toys.ingestion.formats.thrift import BINARY, INTS, LIST, STRUCT, Compact

_SCHEMA = 2  # numbers of the fields of the footer, and of an element of its schema
_TYPE, _NAME, _CHILDREN, _CONVERTED, _LOGICAL = 1, 4, 5, 6, 10
_INT96, _UUID = 3, 14
_INTERVAL = 21
_UNKNOWN_FIELD = 0xF0  # of a head: fifteen after the field before, which no element has
_ARROW, _NO_ARROW = b"ARROW:schema", b"ARROW:SCHEMA"
_MAGIC = b"PAR1"
_ZONE_OR_UNIT = re.compile(r"time_(?:unit|zone)='[^']*'")
_TEXTS = re.compile(r"Categorical(?:\([^)]*\))?|Enum\([^)]*\)")
_NS_END = 2**63 - 1


@dataclass
class OwnTypes:
    """The columns of types that Polars lacks, and what to change in the footer to read them."""

    uuids: list[str] = field(default_factory=list)
    intervals: list[str] = field(default_factory=list)
    int96: list[str] = field(default_factory=list)
    changes: dict[int, bytes] = field(default_factory=dict)  # by their place in the footer

    def values(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows with these columns as text, as months, days and time, and as instants."""
        there = set(frame.columns)
        return frame.with_columns(
            *(_as_text(name) for name in self.uuids if name in there),
            *(_instants(frame[name]) for name in self.int96 if name in there),
            *(_parts(frame[name]) for name in self.intervals if name in there),
        )


def own_types(location: Path) -> OwnTypes:
    """What the footer says of the types of the file's columns."""
    content, found = Compact(bytes_of_footer(location)), OwnTypes()
    for number, kind in content.fields():
        if number == _SCHEMA and kind == LIST:
            _add_elements(content, found)
            break
        content.skip(kind)
    return found


def _add_elements(content: Compact, found: OwnTypes) -> None:
    """Go through the schema, depth first; its root is no column."""
    many, _ = content.list_begin()
    within = 0  # elements to come that are not on top
    for place in range(many):
        inside = _element(content, found, on_top=place > 0 and not within)
        within = max(within - 1, 0) + (inside if place else 0)


def _element(content: Compact, found: OwnTypes, *, on_top: bool) -> int:
    """Note a group or a column of the schema; how many children it has."""
    numbers, name, is_uuid = dict.fromkeys((_TYPE, _CHILDREN, _CONVERTED), -1), "", False
    for number, kind in content.fields():
        if number in numbers and kind in INTS:
            head = content.at - 1
            numbers[number] = content.whole_number()
            if number == _CONVERTED and numbers[number] == _INTERVAL and content.is_last_field():
                found.changes[head] = bytes([_UNKNOWN_FIELD | kind])
        elif number == _NAME and kind == BINARY:
            name = content.binary().decode("utf-8", "replace")
        elif number == _LOGICAL and kind == STRUCT:
            for logical, inside in content.fields():
                is_uuid |= logical == _UUID
                content.skip(inside)
        else:
            content.skip(kind)
    if on_top and is_uuid:
        found.uuids.append(name)
    elif on_top and numbers[_CONVERTED] == _INTERVAL:
        found.intervals.append(name)
    elif on_top and numbers[_TYPE] == _INT96:
        found.int96.append(name)
    return max(numbers[_CHILDREN], 0)


@contextmanager
def readable(location: Path, types: OwnTypes) -> Iterator[Path]:
    """The file, or a copy without what Polars would misread by."""
    footer = bytes_of_footer(location)
    changes = dict(types.changes)
    arrow = footer.rfind(_ARROW)
    if arrow >= 0 and (changes or _says_otherwise(location, footer, arrow)):
        changes[arrow] = _NO_ARROW
    if not changes:
        yield location
        return
    with tempfile.NamedTemporaryFile(suffix=".parquet") as copy:
        _copy(location, len(footer), changes, copy)
        yield Path(copy.name)


def _copy(location: Path, footer: int, changes: dict[int, bytes], copy: IO[bytes]) -> None:
    with location.open("rb") as opened:
        shutil.copyfileobj(opened, copy, 1 << 20)
    begun = copy.tell() - len(_MAGIC) - 4 - footer
    for place, changed in changes.items():
        copy.seek(begun + place)
        copy.write(changed)
    copy.flush()


def _says_otherwise(location: Path, footer: bytes, arrow: int) -> bool:
    """Whether the embedded Arrow schema names other types than Parquet, or none that Polars has."""
    own = footer[:arrow] + _NO_ARROW + footer[arrow + len(_ARROW) :]
    bare = _MAGIC + own + struct.pack("<I", len(own)) + _MAGIC
    try:
        embedded = pl.scan_parquet(location, glob=False, hive_partitioning=False).collect_schema()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return True
    return _shapes(embedded) != _shapes(pl.read_parquet_schema(io.BytesIO(bare)))


def _shapes(schema: dict[str, pl.DataType]) -> list[tuple[str, str]]:
    """The types by name, without what gives the same values."""
    plain = ((name, _ZONE_OR_UNIT.sub("", str(dtype))) for name, dtype in schema.items())
    return [(name, _TEXTS.sub("String", dtype)) for name, dtype in plain]


def _as_text(name: str) -> pl.Expr:
    """A UUID as its 36 characters."""
    digits = pl.col(name).bin.encode("hex")
    cuts = ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))
    parts = [digits.str.slice(first, many) for first, many in cuts]
    return pl.concat_str(parts, separator="-").alias(name)


def _instants(stamps: pl.Series) -> pl.Series:
    """INT96 as instants; what nanoseconds could not hold is beyond any calendar."""
    whole = stamps.to_physical()
    beyond = (whole.abs() >= _NS_END) if stamps.dtype == pl.Datetime("ns") else whole.is_null()
    utc = stamps.cast(pl.Datetime("us")).dt.replace_time_zone("UTC").alias("utc")
    frame = utc.to_frame().with_columns(beyond=beyond)
    end = pl.lit(_NS_END).cast(pl.Datetime("us", "UTC"))
    shown = frame.select(pl.when("beyond").then(end).otherwise("utc"))
    return shown.to_series().alias(stamps.name)


def _parts(intervals: pl.Series) -> pl.Series:
    """Intervals of 12 bytes as their months, days and milliseconds."""
    names = ("months", "days", "milliseconds")
    told = [
        None
        if raw is None
        else dict(zip(names, struct.unpack("<III", raw[:12].ljust(12, b"\0")), strict=True))
        for raw in intervals.to_list()
    ]
    return pl.Series(intervals.name, told, dtype=pl.Struct(dict.fromkeys(names, pl.UInt32)))
