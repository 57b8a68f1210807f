"""Seeded files with damaged counts, lengths, nestings and headers: each is rows or unreadable."""

import json
import os
import random
import struct
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import polars as pl
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

SEEDS = int(os.environ.get("FUZZ_SEEDS", "8"))  # of 2,520 files each: 20,160 in all
TOGETHER = 60  # texts that are fitted to their types at once, as tiny files are
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
    depth = draw.choices([1, 99, 100, 101, 300, 50_000], [9, 9, 9, 9, 9, 1])[0]
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


PLACES = {"_file": pl.String, "_row": pl.Int64}
TEXTS = ["csv", "json", "ndjson", "csv.gz", "json.zst", "ndjson.gz"]


def landed(root: Path, name: str, content: bytes) -> None:
    path = root / "d/s/2026-03-10" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def named(root: Path) -> dict[str, LandingFile]:
    return {file.location.name: file for file in files(place_of(root))}


def heights(rows: Iterable[pl.DataFrame]) -> dict[str, int]:
    """How many rows are of each file; all rows of a file lie at places of their own."""
    places = pl.concat([pl.DataFrame(schema=PLACES), *(some.select(list(PLACES)) for some in rows)])
    assert not places.is_duplicated().any()
    return dict(places.group_by("_file").len().rows())


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
    for at in range(360):
        landed(tmp_path, f"b{at}.avro", some_avro(draw))
        landed(tmp_path, f"c{at}.parquet", some_parquet(draw, plain))
        landed(tmp_path, f"d{at}.kafka.parquet", some_parquet(draw, stream))
    (tmp_path / "rows").mkdir()

    wanted = named(tmp_path)
    request = Request(list(wanted.values()), FIELDS, AT, f"{tmp_path / 'rows'}/")
    done = list(decoded(request, 1000))
    apart.end_warm()

    results = {file: one for some in done for file, one in some.results}
    assert set(results) == set(wanted.values())
    assert [results[wanted[name]] for name in good] == [1, 1]
    told = {file.path: one for file, one in results.items() if isinstance(one, int) and one}
    assert heights(pl.read_ipc(piece) for some in done for piece in some.pieces) == told
    assert max(told.values()) <= 1000


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_damaged_texts_are_rows_or_unreadable_and_hide_no_other(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    landed(tmp_path, "good.ndjson", b'{"id": "good"}')
    for at in range(240):
        for ending in TEXTS:
            landed(tmp_path, f"{at}.{ending}", some_text(draw, ending))

    wanted = named(tmp_path)
    good, damaged = wanted.pop("good.ndjson"), list(wanted.values())
    for first in range(0, len(damaged), TOGETHER):
        batches = list(read(good, FIELDS))
        for file in damaged[first : first + TOGETHER]:
            with suppress(UnreadableFileError):
                batches += list(read(file, FIELDS))
        told: Counter[str] = Counter()
        for batch in batches:
            told[batch.file.path] += batch.records.height
        rows = list(frames(batches, FIELDS, AT))
        assert heights(rows) == +told
        ids = pl.concat([some.select("_file", "id") for some in rows])
        assert ids.filter(_file=good.path)["id"].to_list() == ["good"]
