"""Text files: their bytes, decompressed within bounds, and their lines."""

import codecs
import gzip
import itertools
import zlib
from collections.abc import Iterator, Mapping
from typing import BinaryIO

import zstandard

from mega_toys.declared.sent_as import BY_DEFAULT, SentAs
from mega_toys.declared.unnamed import WAY_OUT
from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys.ingestion.landing_file import LandingFile

BOM = b"\xef\xbb\xbf"
LONGEST_LINE = 64 * 2**20
KEPT = 16 * 2**20  # characters of a record that is too long
LARGEST = 4 * 2**30
MOST_EXPANSION = 200
_BLOCK = 1 << 20
_GROUP = 8 << 20
_BEGINS = 16 << 10  # bytes, of which a header is told
_NO_BYTE = "mega_toys.no_byte"  # of an encoding
_WIDE = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_FOREIGN = {
    b"PAR1": "Parquet",
    b"Obj\x01": "Avro",
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
}


class WideTextError(UnreadableFileError):
    """A text begins with the mark of an encoding of several bytes a character.

    `begins` is its beginning, as that encoding has it.
    """

    def __init__(self, what: str, first: bytes) -> None:
        self.what, self.encoding = what, what.lower()
        self.begins = first[:_BEGINS].decode(self.encoding, "replace")
        way_out = f"{WAY_OUT}encoding='{self.encoding}')`"
        super().__init__(f"begins like {what}, not like UTF-8 text{way_out}")


def _as_surrogates(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are none of an encoding, as surrogates, which no UTF-8 holds."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in wrong), error.end


codecs.register_error(_NO_BYTE, _as_surrogates)


def blocks(file: LandingFile, sent_as: SentAs = BY_DEFAULT) -> Iterator[bytes]:
    """The file's decompressed bytes as UTF-8 without a byte order mark; refuses what is no text.

    A byte that is none of a declared encoding is made three that are no UTF-8.
    """
    if sent_as.is_utf8:
        return _text_blocks(decompressed(file), _WIDE | _FOREIGN)
    return _text_blocks(_recoded(file, sent_as.encoding), {})


def _recoded(file: LandingFile, encoding: str) -> Iterator[bytes]:
    source = decompressed(file)
    first = next(source, b"")
    _refuse_foreign(first, _FOREIGN)
    every = itertools.chain([first], source)
    try:
        for text in codecs.iterdecode(every, encoding, _NO_BYTE):
            yield text.encode("utf-8", "surrogatepass")
    except UnicodeError as error:  # of an encoding that goes no further than the first wrong byte
        raise UnreadableFileError(f"is no {encoding}: {error}") from error


def _text_blocks(source: Iterator[bytes], foreign: Mapping[bytes, str]) -> Iterator[bytes]:
    first = b""
    for block in source:
        first += block
        if len(first) >= 4096:
            break
    _refuse_foreign(first, foreign)
    if b"\x00" in first[:4096]:
        raise UnreadableFileError("has a NUL among the first 4 KiB: not a text file")
    yield first.removeprefix(BOM)
    yield from source


def _refuse_foreign(first: bytes, foreign: Mapping[bytes, str]) -> None:
    for magic, what in foreign.items():
        if first.startswith(magic):
            if magic in _WIDE:
                raise WideTextError(what, first)
            raise UnreadableFileError(f"begins like {what}, not like UTF-8 text")


def decompressed(file: LandingFile) -> Iterator[bytes]:
    """The bytes of a file within bounds, some at a time; refuses what cannot be decompressed."""
    try:
        with file.location.open("rb") as raw:
            total = 0
            for block in _opened(raw, file.compression):
                total += len(block)
                if file.compression:
                    refuse_expansion(total, file)
                yield block
    except (zstandard.ZstdError, zlib.error, gzip.BadGzipFile, EOFError) as error:
        raise UnreadableFileError(f"cannot be decompressed: {error}") from error


def most_expanded(file: LandingFile) -> int:
    """Bytes that may come of a file of its size."""
    return min(LARGEST, MOST_EXPANSION * file.size)


def refuse_expansion(expanded: int, file: LandingFile) -> None:
    """Refuse a file of which so many bytes come, more than its size can honestly give."""
    if expanded > most_expanded(file):
        raise UnreadableFileError(
            f"expands beyond {LARGEST >> 30} GiB or {MOST_EXPANSION} times its size"
        )


def _opened(raw: BinaryIO, compression: str | None) -> Iterator[bytes]:
    if compression == "zst":
        return _zstd(raw)
    read = gzip.GzipFile(fileobj=raw).read if compression == "gz" else raw.read
    return iter(lambda: read(_BLOCK), b"")


def _zstd(raw: BinaryIO) -> Iterator[bytes]:
    """All frames of a zstd stream; one that ends in the middle of a frame is refused.

    It is fed in small pieces, since a kilobyte can expand to some 30 MB.
    """
    decompressor = zstandard.ZstdDecompressor(max_window_size=2**31)
    frame = None
    pending = b""
    while piece := pending or raw.read(1024):
        frame = frame or decompressor.decompressobj()
        yield frame.decompress(piece)
        pending = frame.unused_data if frame.eof else b""
        frame = None if frame.eof else frame
    if frame is not None:
        raise EOFError("the stream ends before its end marker")


def lines(
    file: LandingFile, sent_as: SentAs = BY_DEFAULT, *, cr_ends: bool = False
) -> Iterator[list[bytes]]:
    """The physical lines without their line feed, in groups of some megabytes.

    Of a line that is too long, only so much is kept that it is seen to be so. With `cr_ends`,
    lines may end in carriage returns alone, as spreadsheets on a Mac write them.
    """
    held = bytearray()
    source = blocks(file, sent_as)
    for block in _line_fed(source) if cr_ends else source:
        cut = block.find(b"\n") if len(held) > LONGEST_LINE and b"\n" not in held else 0
        if cut < 0:
            continue
        held += block[cut:]
        if len(held) >= _GROUP and (end := held.rfind(b"\n")) >= 0:
            yield bytes(held[:end]).split(b"\n")
            del held[: end + 1]
    if held:
        yield bytes(held.removesuffix(b"\n")).split(b"\n")


def _line_fed(source: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks, with line feeds for carriage returns where the first block has none at all."""
    first = next(source, b"")
    if b"\n" in first or b"\r" not in first:
        yield first
        yield from source
        return
    for block in itertools.chain([first], source):
        yield block.replace(b"\r", b"\n")
