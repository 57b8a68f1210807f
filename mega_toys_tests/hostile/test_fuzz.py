"""Seeded files with damaged counts, lengths, nestings and headers: each is rows or unreadable."""

import json
import os
import random
import struct
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard

from mega_toys.ingestion.decoding import apart
from mega_toys.ingestion.decoding.apart import decoded
from mega_toys.ingestion.decoding.fitted import frames, read
from mega_toys.ingestion.decoding.request import Request
from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys.ingestion.landing import files
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.lake.store.place import place_of
from mega_toys_tests.hostile.corpus import avro, deflated, kafka, number, parquet, record, text
from mega_toys_tests.ingestion.formats.delivered import AT, FIELDS, packed

SEEDS = int(os.environ.get("FUZZ_SEEDS", "4"))  # of 420 files each; 48 are 20,000
SIZES = [-(2**62), -1, 0, 1, 63, 2**16, 2**31, 2**40, 2**62]


def some_avro(draw: random.Random) -> bytes:
    """An Avro file whose counts and lengths are at times others than what is there."""

    def size(true: int) -> bytes:
        return number(draw.choice(SIZES) if draw.random() < 0.2 else true)

    items = draw.choice(["null", "string", "long", {"type": "array", "items": "null"}])
    schema = record(id="string", items={"type": "array", "items": items}, z=["null", "long"])
    rows = b""
    for _ in range(3):
        rows += size(1) + b"a" + size(2) + draw.randbytes(draw.randrange(4)) + size(0) + size(1)
    codec = draw.choice(["null", "deflate", "zstandard"])
    pack = {"null": bytes, "deflate": deflated, "zstandard": zstandard.compress}[codec]
    count = draw.choice(SIZES) if draw.random() < 0.2 else 3
    return avro(schema, (count, pack(rows)), codec=codec)


def some_parquet(draw: random.Random, content: bytes) -> bytes:
    """A Parquet file in whose footer some bytes are others, or that tells another length of it."""
    length = struct.unpack("<I", content[-8:-4])[0]
    footer = bytearray(content[-8 - length : -8])
    for _ in range(draw.randrange(1, 4)):
        at = draw.randrange(len(footer))
        footer[at : at + 1] = draw.choice([b"\xff", b"\xff\xff\xff\xff\x0f", b"\x00", b"\x1c", b""])
    told = len(footer) if draw.random() < 0.8 else draw.randrange(2**32)
    return content[: -8 - length] + bytes(footer) + struct.pack("<I", told) + b"PAR1"


def some_text(draw: random.Random, ending: str) -> bytes:
    """Nested JSON, or CSV of quotes, torn and packed in a damaged header at times."""
    depth = draw.choice([1, 99, 100, 101, 300, 50_000])
    nested = "[" * depth + "]" * draw.choice([depth, depth - 1])
    lines = [
        json.dumps({"id": "a"}),
        f'{{"id": {nested}}}',
        '{"n": 1' + "0" * draw.choice([1, 400]),
    ]
    content = "\n".join(lines).encode()
    if "csv" in ending:
        content = b"id,n\n" + b"".join(draw.choices([b'"', b",", b"\n", b"\r", b"a"], k=200))
    elif ending.startswith("json"):
        content = b"[" + content.replace(b"\n", b",") + draw.choice([b"]", b"", b"]]"])
    if "." in ending:
        content = bytearray(packed(content, ending.rsplit(".", 1)[1]))
        for _ in range(draw.randrange(3)):
            content[draw.randrange(min(len(content), 20))] = draw.randrange(256)
    return bytes(content)


TEXTS = ["csv", "json", "ndjson", "csv.gz", "json.zst", "ndjson.gz"]


def landed(root: Path, name: str, content: bytes) -> None:
    path = root / "d/s/2026-03-10" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def named(root: Path) -> dict[str, LandingFile]:
    return {file.location.name: file for file in files(place_of(root))}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_damaged_binary_files_are_rows_or_unreadable_and_hide_no_other(
    seed: int, tmp_path: Path
) -> None:
    draw, good = random.Random(seed), {"a.avro", "a.parquet"}
    landed(tmp_path, "a.avro", avro(record(id="string"), (1, text(b"good"))))
    landed(tmp_path, "a.parquet", parquet(id=["good"]))
    plain = parquet(id=["a", "b"], items=[[1], []], x=[1.5, None])
    stream = kafka(b'{"id": "a"}', b"torn {")
    for at in range(60):
        landed(tmp_path, f"b{at}.avro", some_avro(draw))
        landed(tmp_path, f"c{at}.parquet", some_parquet(draw, plain))
        landed(tmp_path, f"d{at}.kafka.parquet", some_parquet(draw, stream))
    (tmp_path / "rows").mkdir()

    wanted = named(tmp_path)
    request = Request(list(wanted.values()), FIELDS, AT, f"{tmp_path / 'rows'}/")
    results = {f: one for done in decoded(request, 1000) for f, one in done.results}
    apart.end_warm()

    assert set(results) == set(wanted.values())
    assert [results[wanted[name]] for name in good] == [1, 1]
    for result in results.values():
        assert isinstance(result, UnreadableFileError) or result <= 1000


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_damaged_texts_are_rows_or_unreadable(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    for at in range(40):
        for ending in TEXTS:
            landed(tmp_path, f"{at}.{ending}", some_text(draw, ending))

    for file in named(tmp_path).values():
        with suppress(UnreadableFileError):
            batches = list(read(file, FIELDS))
            rows = sum(frame.height for frame in frames(batches, FIELDS, AT))
            assert rows == sum(batch.records.height for batch in batches)
