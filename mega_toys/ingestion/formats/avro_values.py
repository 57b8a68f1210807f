"""Values of Avro that fastavro cannot give: blocks packed by zstd, instants of no calendar, UUIDs
that are bytes or none, durations.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import fastavro.read
import zstandard

from mega_toys.ingestion.formats.avro_numbers import whole_number
from mega_toys.ingestion.formats.raw_values import interval, uuid_text
from mega_toys.lake.fields.native import Beyond

_UNITS = {
    "long-timestamp-millis": "ms since 1970",
    "long-timestamp-micros": "us since 1970",
    "long-local-timestamp-millis": "ms since 1970, local",
    "long-local-timestamp-micros": "us since 1970, local",
    "int-date": "days since 1970",
    "int-time-millis": "ms since midnight",
    "long-time-micros": "us since midnight",
}
_UUID = "string-uuid"


def _zstd_block(opened: BinaryIO) -> BinaryIO:
    """A block, unpacked by the library that is here anyway."""
    packed = opened.read(whole_number(opened) or 0)
    with zstandard.ZstdDecompressor(max_window_size=2**31).stream_reader(packed) as unpacked:
        return io.BytesIO(unpacked.read())


fastavro.read.BLOCK_READERS["zstandard"] = _zstd_block
fastavro.read.LOGICAL_READERS["fixed-uuid"] = lambda data, *_: uuid_text(data)
fastavro.read.LOGICAL_READERS["fixed-duration"] = lambda data, *_: interval(data)


@contextmanager
def any_value() -> Iterator[None]:
    """With readers of instants, days and UUIDs that give text for what Python's types lack."""
    readers = fastavro.read.LOGICAL_READERS
    before = {name: readers[name] for name in (*_UNITS, _UUID)}
    readers.update({name: _tolerant(read, _UNITS.get(name)) for name, read in before.items()})
    try:
        yield
    finally:
        readers.update(before)


def _tolerant(read: Callable[..., Any], unit: str | None) -> Callable[..., Any]:
    """A reader that says of what it cannot read how many units it is; of a text, the text."""

    def tolerant(data: Any, writer_schema: Any = None, reader_schema: Any = None) -> Any:
        try:
            return read(data, writer_schema, reader_schema)
        except (OverflowError, ValueError):
            return Beyond(f"{data} {unit}") if unit else data

    return tolerant
