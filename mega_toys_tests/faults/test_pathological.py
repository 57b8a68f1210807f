"""No single bad file takes more than 2 GB of memory, stops a refresh or hides another file."""

import gzip
import io
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fastavro
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from mega_toys.lake.own.files import newest
from mega_toys_tests.lakes import Lake, needed_for

SILVER = "commerce.silver.web_events"
DAY = "commerce/web_events/2026-03-10"
MOST_MB = 2000
MB = 1 << 20
EVENT = {
    "event_id": "good", "client_id": "c1", "ts": "2026-03-10T12:00:00Z",
    "event_name": "page_view", "device": "mobile",
}  # fmt: skip
REFRESHING = (
    "import resource, sys; from pathlib import Path;"
    "from mega_toys_tests.lakes import Lake, needed_for;"
    f"Lake(Path(sys.argv[1]), needed_for('{SILVER}')).refresh();"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
)


def record(**told: Any) -> bytes:
    return json.dumps(EVENT | {"event_id": "bad"} | told).encode()


def long_line(size: int, filling: bytes = b"x") -> bytes:
    return record(page="@").replace(b"@", filling * (size // len(filling)))


def containers(kind: bytes, size: int) -> bytes:
    return record(filler="@").replace(b'"@"', b"[" + (kind + b",") * (size // 3) + kind + b"]")


def wide_csv(columns: int, rows: int) -> bytes:
    header = ["event_id", *(f"c{n}" for n in range(columns))]
    line = ",".join(["bad", *("7" for _ in range(columns))])
    return "\n".join([",".join(header), *[line] * rows]).encode()


def array(elements: Iterator[bytes]) -> bytes:
    return b"[" + b",".join(elements) + b"]"


def parquet(rows: int, repeated: str) -> bytes:
    out = io.BytesIO()
    text = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([repeated]))
    pq.write_table(pa.table({"event_id": text}), out)
    return out.getvalue()


def avro(rows: int, schema: dict[str, Any], row: Any, codec: str) -> bytes:
    out = io.BytesIO()
    parsed = fastavro.parse_schema(schema)
    fastavro.writer(out, parsed, (row for _ in range(rows)), codec=codec, sync_interval=10**9)
    return out.getvalue()


def of_nothing(rows: int) -> bytes:
    """An Avro file whose one block says that it holds so many records of no field."""
    schema = {"type": "record", "name": "r", "fields": []}
    content = avro(1, schema, {}, "null")
    head, sync = content[: -16 - 2], content[-16:]
    number, count = rows << 1, b""
    while number > 0x7F:
        count, number = count + struct.pack("B", number & 0x7F | 0x80), number >> 7
    return head + count + struct.pack("B", number) + b"\x00" + sync


TEXT = {"type": "record", "name": "r", "fields": [{"name": "event_id", "type": "string"}]}
BAD: dict[str, tuple[str, Callable[[], bytes], str, int | None]] = {
    "a line of 50 MB": ("a.ndjson", lambda: long_line(50 * MB), "loaded", 1),
    "a line of 20 MB of lists": ("a.ndjson", lambda: containers(b"[]", 20 * MB), "loaded", 1),
    "a line of 20 MB of objects": ("a.ndjson", lambda: containers(b"{}", 20 * MB), "loaded", 1),
    "five lines of 11 MB of lists": (
        "a.ndjson", lambda: b"\n".join([containers(b"[]", 11 * MB)] * 5), "loaded", 5
    ),
    "an array of 20 MB of lists": (
        "a.json", lambda: array(iter([containers(b"[]", 20 * MB), record()])), "loaded", 2
    ),
    "a line too long": ("a.ndjson", lambda: long_line(80 * MB), "loaded", 1),
    "a line nested deep": (
        "a.ndjson", lambda: record(x=0).replace(b"0}", b"[" * 10**6 + b"]" * 10**6 + b"}"),
        "loaded", 1,
    ),
    "a CSV of 5,000 columns": ("a.csv", lambda: wide_csv(5000, 2000), "loaded", 2000),
    "a CSV of nothing but commas": ("a.csv", lambda: b"," * (60 * MB), "unreadable", 0),
    "a CSV of a quote never closed": (
        "a.csv", lambda: b"event_id,page\nbad," + b'"' + (b"x" * 1999 + b"\n") * 50_000,
        "loaded", 50_000,
    ),
    "an array of 100 MB": (
        "a.json", lambda: array(record(page="x" * 10_000) for _ in range(10_000)), "loaded", 10_000
    ),
    "an array with an element too long": (
        "a.json", lambda: array(iter([long_line(80 * MB), record()])), "loaded", 2
    ),
    "an array with an element nested deep": (
        "a.json", lambda: b"[" + b"[" * 10**5 + b"]" * 10**5 + b"," + record() + b"]", "loaded", 2
    ),
    "an array never closed": (
        "a.json", lambda: b'[{"event_id": "' + b"x" * (80 * MB), "unreadable", 0
    ),
    "a bomb of gzip": ("a.ndjson.gz", lambda: gzip.compress(long_line(200 * MB)), "unreadable", 0),
    "a bomb of zstd": (
        "a.json.zst", lambda: zstandard.compress(b" " * (400 * MB)), "unreadable", 0
    ),
    "a Parquet of one long text repeated": (
        "a.parquet", lambda: parquet(100_000, "x" * MB), "unreadable", 0
    ),
    "a Parquet of very many rows": (
        "a.parquet", lambda: parquet(50_000_000, "x"), "unreadable", 0
    ),
    "an Avro of one deflated block": (
        "a.avro", lambda: avro(300, TEXT, {"event_id": "x" * MB}, "deflate"), "unreadable", 0
    ),
    "an Avro of a billion of nothing": ("a.avro", lambda: of_nothing(10**9), "unreadable", 0),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_takes_bounded_memory_and_hides_no_other(what: str, tmp_path: Path) -> None:
    name, content, status, rows = BAD[what]
    lake = Lake(tmp_path, needed_for(SILVER))
    lake.land(f"{DAY}/{name}", content())
    lake.land(f"{DAY}/good.ndjson", json.dumps(EVENT))

    done = subprocess.run(
        [sys.executable, "-c", REFRESHING, str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) < MOST_MB
    print(f"{what}: {done.stdout.strip()} MB")
    assert "good" in lake.rows(SILVER)["event_id"].to_list()
    seen = newest(lake.store.scan("lake.files")).filter(pl.col("path") == f"{DAY}/{name}")
    assert seen.select("status", "rows").collect().rows() == [(status, rows)]


@pytest.mark.slow
def test_twenty_thousand_tiny_files_in_a_day_are_read(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for(SILVER))
    for number in range(20_000):
        lake.land(f"{DAY}/{number}.ndjson", json.dumps(EVENT | {"event_id": f"e{number}"}))

    lake.refresh()

    assert lake.rows(SILVER).height == 20_000


NAMES = [
    "a b.ndjson", 'quo"te.ndjson', "it's.ndjson", "new\nline.ndjson", "a..ndjson", "玩具.ndjson",
    "a;DROP TABLE x;--.ndjson", "%2e%2e.ndjson", "a\\b.ndjson", "*[a]?.ndjson", "\udcff.ndjson",
    "*[a]?.parquet", "it's.parquet",
]  # fmt: skip


def test_files_of_any_name_are_read_and_recorded_under_it(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for("commerce.bronze.web_events"))
    for number, name in enumerate(NAMES):
        path = lake.landing / DAY / name
        path.parent.mkdir(parents=True, exist_ok=True)
        event = EVENT | {"event_id": f"e{number}"}
        if name.endswith("parquet"):
            out = io.BytesIO()
            pl.DataFrame([event]).write_parquet(out)
            path.write_bytes(out.getvalue())
        else:
            path.write_text(json.dumps(event))

    lake.refresh()

    found = lake.rows("commerce.bronze.web_events", "event_id", "_file")
    told = {f"{DAY}/{os.fsencode(n).decode('utf-8', 'backslashreplace')}": n for n in NAMES}
    assert set(found["_file"]) == set(told)
    assert found["event_id"].n_unique() == len(NAMES)


ODD = ["../../etc/passwd", "'; DROP TABLE x; --", "a/b", "..", "day=2026-01-01", "\\", "%2F", "木"]


def test_fragments_of_sql_and_paths_in_keys_are_only_text(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for(SILVER))
    lake.send(f"{DAY}/a.ndjson", *(EVENT | {"event_id": odd, "client_id": odd} for odd in ODD))

    lake.refresh()

    assert sorted(lake.rows(SILVER)["event_id"]) == sorted(ODD)
    lake.refresh()
    assert sorted(lake.rows(SILVER)["client_id"]) == sorted(ODD)
