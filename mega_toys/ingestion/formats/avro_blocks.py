"""The blocks of an Avro file: how far they expand, found out without holding what they hold."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import fastavro
import zstandard

from mega_toys.ingestion.formats.avro_counts import Counts
from mega_toys.ingestion.formats.avro_numbers import whole_number
from mega_toys.ingestion.formats.avro_schema import SYNC_BYTES, Header, read_header
from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys.ingestion.formats.text import most_expanded, refuse_expansion
from mega_toys.ingestion.landing_file import LandingFile

LARGEST_BLOCK = 256 << 20  # fastavro decompresses a block as a whole
_PIECE = 1 << 16
_LEAST_WEIGHT = 8


def refuse_bombs(file: LandingFile) -> int:
    """Refuse a file that expands too far; returns the mean weight of its records in bytes.

    A value counts at least one byte: a few bytes can say that they hold a billion of nothing. As
    an object of Python, none weighs less than eight.
    """
    expanded = records = 0
    with file.location.open("rb") as opened:
        header = read_header(opened)
        while (count := whole_number(opened)) is not None:
            if count < 0:
                raise ValueError("a block of fewer records than none")
            block = opened.read(_size(opened))
            opened.seek(SYNC_BYTES, 1)
            records += count
            held = 0
            for size in _expanding(header.codec, block):
                held += size
                expanded += size
                refuse_expansion(max(expanded, records * header.shape.least), file)
                if held > LARGEST_BLOCK:
                    raise UnreadableFileError(f"has a block of over {LARGEST_BLOCK >> 20} MiB")
            refuse_expansion(max(expanded, records * header.shape.least), file)
    if header.shape.lists_of_empty:
        _refuse_many_values(file, header)
    return max(expanded // records, _LEAST_WEIGHT * header.shape.least) if records else 0


def _refuse_many_values(file: LandingFile, header: Header) -> None:
    """Refuse a file of more values than its size can honestly give, though they take no byte."""
    counts = Counts(header.schema, most_expanded(file))
    with file.location.open("rb") as opened:
        for block in fastavro.block_reader(opened):
            counts.add(block.bytes_.getvalue(), block.num_records)  # type: ignore[attr-defined]
            refuse_expansion(counts.values, file)


def _size(opened: BinaryIO) -> int:
    size = whole_number(opened)
    if size is None or size < 0:
        raise EOFError("a block has no size")
    return size


def _expanding(codec: str, block: bytes) -> Iterator[int]:
    """The sizes of what a block expands to, bit by bit."""
    if codec == "snappy":
        yield _snappy_size(block)
    elif codec in _DECOMPRESSORS:
        yield from _DECOMPRESSORS[codec](block)
    else:
        yield len(block)


def _snappy_size(block: bytes) -> int:
    """What Snappy says at its beginning."""
    size = shift = 0
    for byte in block[:5]:
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    return size


def _deflated(block: bytes) -> Iterator[int]:
    found = zlib.decompressobj(-15)
    while block and not found.eof:
        yield len(found.decompress(block, _PIECE))
        block = found.unconsumed_tail


def _by_pieces(new: Callable[[], Any]) -> Callable[[bytes], Iterator[int]]:
    def expanding(block: bytes) -> Iterator[int]:
        found = new()
        while not found.eof:
            piece = found.decompress(block, _PIECE)
            if not piece and found.needs_input:
                return
            yield len(piece)
            block = b""

    return expanding


def _zstd(block: bytes) -> Iterator[int]:
    with zstandard.ZstdDecompressor(max_window_size=2**31).stream_reader(block) as found:
        while piece := found.read(_PIECE):
            yield len(piece)


_DECOMPRESSORS: dict[str, Callable[[bytes], Iterator[int]]] = {
    "deflate": _deflated,
    "zstandard": _zstd,
    "bzip2": _by_pieces(bz2.BZ2Decompressor),
    "xz": _by_pieces(lzma.LZMADecompressor),
}
