"""Files for tests: written into a landing zone and read as bronze rows."""

import datetime as dt
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fastavro
import polars as pl
import zstandard

from mega_toys.declared.field import Sent
from mega_toys.declared.sent_as import BY_DEFAULT, Declared
from mega_toys.ingestion.decoding.fitted import frames, read
from mega_toys.ingestion.landing import files
from mega_toys.lake.store.place import place_of

FIELDS = {
    "id": Sent(type="text"),
    "n": Sent(type="int", required=False),
    "x": Sent(type="number", required=False),
    "price": Sent(type="money", required=False),
    "at": Sent(type="time", required=False),
    "on": Sent(type="date", required=False),
    "ok": Sent(type="bool", required=False),
    "items": Sent(type="list", required=False),
    "box": Sent(type="object", required=False),
}
AT = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


def read_file(
    root: Path, name: str, content: bytes | str, declared: Declared = BY_DEFAULT
) -> pl.DataFrame:
    """The rows that a file of this name and content gives; UnreadableFileError where none."""
    location = root / "d" / "s" / "2026-03-10" / name
    location.parent.mkdir(parents=True, exist_ok=True)
    location.write_bytes(content if isinstance(content, bytes) else content.encode())
    (file,) = (found for found in files(place_of(root)) if found.location == location)
    batches = list(read(file, FIELDS, declared))
    found = pl.concat(frames(batches, FIELDS, AT)) if batches else pl.DataFrame()
    return found.sort("_row") if found.width else found


def ids(rows: pl.DataFrame) -> list[str | None]:
    """The ids in order; none where a record is unreadable or lacks it."""
    return rows["id"].to_list() if rows.width else []


def unreadable(rows: pl.DataFrame) -> list[int]:
    """The positions of unreadable records."""
    if not rows.width:
        return []
    return rows.filter(pl.col("_rescued").str.starts_with('"'))["_row"].to_list()


def rescued(rows: pl.DataFrame, row: int = 0) -> Any:
    """What was rescued of a record."""
    text = rows.filter(_row=row)["_rescued"].item()
    return None if text is None else json.loads(text)


def packed(content: bytes, packing: str) -> bytes:
    """Content as gzip or zstd."""
    return gzip.compress(content) if packing == "gz" else zstandard.compress(content)


def avro(path: Path, schema: dict[str, Any], rows: Sequence[Any], codec: str = "null") -> bytes:
    """The bytes of an Avro container file."""
    with path.open("wb") as opened:
        fastavro.writer(opened, fastavro.parse_schema(schema), rows, codec=codec)
    return path.read_bytes()
