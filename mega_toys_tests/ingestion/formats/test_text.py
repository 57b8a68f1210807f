"""Text files: their bytes within bounds, whatever is wrong with them."""

import gzip
from pathlib import Path

import pytest
import zstandard

from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys_tests.ingestion.formats.delivered import ids, packed, read_file, unreadable

LINES = b'{"id": "a"}\n{"id": "b"}\n'
NAMES = ("a.ndjson", "a.csv", "a.json")


@pytest.mark.parametrize("packing", ["gz", "zst"])
@pytest.mark.parametrize(
    ("name", "content"),
    [("a.ndjson", LINES), ("a.csv", b"id\na\nb\n"), ("a.json", b'[{"id":"a"},{"id":"b"}]')],
)
def test_packed_text_reads_as_plain(
    name: str, content: bytes, packing: str, tmp_path: Path
) -> None:
    assert ids(read_file(tmp_path, name, content)) == ["a", "b"]
    assert ids(read_file(tmp_path, f"p-{name}.{packing}", packed(content, packing))) == ["a", "b"]


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_several_packed_parts_in_a_row_are_one_text(packing: str, tmp_path: Path) -> None:
    first, second = packed(LINES[:5], packing), packed(LINES[5:], packing)

    assert ids(read_file(tmp_path, f"a.ndjson.{packing}", first + second)) == ["a", "b"]


def test_a_zstd_stream_without_its_size_and_with_a_large_window_is_read(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, compression_level=3)
    writer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    content = writer.compress(LINES) + writer.flush()

    assert ids(read_file(tmp_path, "a.ndjson.zst", content)) == ["a", "b"]


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_a_packed_file_that_is_torn_is_unreadable_as_a_whole(packing: str, tmp_path: Path) -> None:
    content = packed(b"".join(b'{"id": "%d"}\n' % n for n in range(5000)), packing)
    for cut in (len(content) // 2, len(content) - 1, 5):
        with pytest.raises(UnreadableFileError, match="decompressed"):
            read_file(tmp_path, f"a.ndjson.{packing}", content[:cut])


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_a_packed_file_that_is_not_packed_is_unreadable(packing: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        read_file(tmp_path, f"a.ndjson.{packing}", LINES)


def test_a_packed_file_with_a_wrong_checksum_is_unreadable(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(LINES * 100))
    content[-6] ^= 1

    with pytest.raises(UnreadableFileError):
        read_file(tmp_path, "a.ndjson.gz", bytes(content))


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_a_bomb_is_refused_before_it_fills_the_memory(packing: str, tmp_path: Path) -> None:
    content = packed(b" " * (64 << 20), packing)
    assert len(content) * 200 < 64 << 20

    with pytest.raises(UnreadableFileError, match="expands beyond"):
        read_file(tmp_path, f"a.ndjson.{packing}", content)


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_what_expands_less_than_two_hundred_times_is_read(packing: str, tmp_path: Path) -> None:
    lines = b"".join(b'{"id": "%d", "z": "%s"}\n' % (n, b"0" * 900) for n in range(2000))
    content = packed(lines, packing) + packed(b"\n" * 10, packing)
    if len(lines) > 200 * len(content):
        content += packed(bytes(range(65, 91)) * 2 + b"\n", packing) * (len(lines) // 6000)

    rows = read_file(tmp_path, f"a.ndjson.{packing}", content)

    assert ids(rows)[:2000] == [str(n) for n in range(2000)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_text_of_another_encoding_is_unreadable(name: str, encoding: str, tmp_path: Path) -> None:
    text = {"a.csv": "id,n\na,1\n", "a.json": '[{"id": "a"}]'}.get(name, LINES.decode())
    with pytest.raises(UnreadableFileError):
        read_file(tmp_path, name, text.encode(encoding))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "magic", [b"PAR1", b"Obj\x01", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\xff\xfe", b"\xfe\xff"]
)
def test_a_file_in_the_wrong_format_for_its_name_is_unreadable(
    name: str, magic: bytes, tmp_path: Path
) -> None:
    for content in (magic + b"abc\n", magic):
        with pytest.raises(UnreadableFileError, match="begins like"):
            read_file(tmp_path, name, content)


@pytest.mark.parametrize("at", [0, 10, 4095])
def test_a_nul_among_the_first_bytes_makes_a_file_unreadable(at: int, tmp_path: Path) -> None:
    text = bytearray(LINES + b" " * 5000)
    text[at : at + 1] = b"\x00"

    with pytest.raises(UnreadableFileError, match="NUL"):
        read_file(tmp_path, "a.ndjson", bytes(text))
    with pytest.raises(UnreadableFileError, match="NUL"):
        read_file(tmp_path, "a.ndjson.gz", gzip.compress(bytes(text)))


def test_a_later_nul_harms_its_record_only(tmp_path: Path) -> None:
    many = LINES * 400

    rows = read_file(tmp_path, "a.ndjson", many + b'{"id": "\x00"}\n' + LINES)

    assert unreadable(rows) == [800]
    assert rows.height == 803


@pytest.mark.parametrize("name", NAMES)
def test_a_byte_order_mark_is_no_part_of_the_text(name: str, tmp_path: Path) -> None:
    text = {"a.csv": b"id\na\n", "a.json": b'[{"id": "a"}]'}.get(name, b'{"id": "a"}\n')

    assert ids(read_file(tmp_path, name, b"\xef\xbb\xbf" + text)) == ["a"]


@pytest.mark.parametrize("name", ["a.ndjson", "a.csv"])
@pytest.mark.parametrize("content", ["", "\n", " \t\r\n\n", "\ufeff"])
def test_an_empty_text_has_no_records(name: str, content: str, tmp_path: Path) -> None:
    assert ids(read_file(tmp_path, name, content)) == []


def test_a_line_over_64_mib_is_an_unreadable_record_and_the_next_is_read(tmp_path: Path) -> None:
    long = b'{"id": "' + b"x" * (64 << 20) + b'"}\n'

    rows = read_file(tmp_path, "a.ndjson", LINES + long + b'{"id": "c"}')

    assert ids(rows) == ["a", "b", None, "c"]
    assert unreadable(rows) == [2]
