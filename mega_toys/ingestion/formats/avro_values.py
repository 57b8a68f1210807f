"""Values of Avro that fastavro cannot give: blocks packed by zstd, instants of no calendar."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import fastavro.read
import zstandard

from mega_toys.ingestion.formats.avro_numbers import whole_number
from mega_toys.lake.fields.fit import Beyond

_UNITS = {
    "long-timestamp-millis": "ms since 1970",
    "long-timestamp-micros": "µs since 1970",
    "long-local-timestamp-millis": "ms since 1970, local",
    "long-local-timestamp-micros": "µs since 1970, local",
    "int-date": "days since 1970",
    "int-time-millis": "ms since midnight",
    "long-time-micros": "µs since midnight",
}


def _zstd_block(opened: BinaryIO) -> BinaryIO:
    """A block, unpacked by the library that is here anyway."""
    packed = opened.read(whole_number(opened) or 0)
    with zstandard.ZstdDecompressor(max_window_size=2**31).stream_reader(packed) as unpacked:
        return io.BytesIO(unpacked.read())


fastavro.read.BLOCK_READERS["zstandard"] = _zstd_block


@contextmanager
def any_instant() -> Iterator[None]:
    """With readers of instants and days that give text for what Python's calendar lacks."""
    readers = fastavro.read.LOGICAL_READERS
    before = {name: readers[name] for name in _UNITS}
    readers.update({name: _tolerant(read, _UNITS[name]) for name, read in before.items()})
    try:
        yield
    finally:
        readers.update(before)


def _tolerant(read: Callable[..., Any], unit: str) -> Callable[..., Any]:
    def tolerant(data: int, writer_schema: Any = None, reader_schema: Any = None) -> Any:
        try:
            return read(data, writer_schema, reader_schema)
        except (OverflowError, ValueError):
            return Beyond(f"{data} {unit}")

    return tolerant
