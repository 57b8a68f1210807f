"""What readers could not read is tried once by others, or with other memory."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import fastavro
import polars as pl
import pytest

from mega_toys.lake.own.files import FILES, newest
from mega_toys.lake.reading.sql import Database
from mega_toys.lake.run.work import Work
from mega_toys.operations.refresh import prepare
from mega_toys_tests.lakes import Lake, needed_for

BRONZE = "commerce.bronze.web_events"
DAY = "commerce/web_events/2026-03-10"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path, needed_for(BRONZE))
    made.land(f"{DAY}/broken.parquet", b"none")
    made.send(f"{DAY}/good.ndjson", {"event_id": "e1"})
    made.refresh()
    return made


def load(lake: Lake, memory_mb: int = 1000) -> None:
    lake.take_in(BRONZE, with_memory(lake, memory_mb))


def with_memory(lake: Lake, memory_mb: int) -> Work:
    return replace(lake.work(), memory_mb=memory_mb)


def is_news(lake: Lake, memory_mb: int = 1000) -> bool:
    return lake.plan(with_memory(lake, memory_mb)).of(lake.catalog[BRONZE]).has_news


def versions_seen(lake: Lake) -> dict[str, int]:
    counts = lake.rows(FILES.name).group_by("path").len()
    return {path.rsplit("/", 1)[-1]: many for path, many in counts.rows()}


def status(lake: Lake, name: str) -> tuple[Any, ...]:
    seen = newest(lake.store.scan(FILES.name)).filter(path=f"{DAY}/{name}")
    return seen.select("status", "rows").collect().row(0)


def test_a_file_that_was_unreadable_is_tried_once_by_other_readers(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_news(lake)
    monkeypatch.setattr(
        "mega_toys.ingestion.loading.file_versions.readers_version", lambda table, catalog: "newer"
    )

    assert is_news(lake)
    load(lake)

    assert not is_news(lake)
    load(lake)
    assert versions_seen(lake) == {"broken.parquet": 2, "good.ndjson": 1}


@pytest.mark.slow
def test_a_file_that_lacked_memory_is_read_once_there_is_more(lake: Lake) -> None:
    out = io.BytesIO()
    fields = [{"name": "page", "type": "string"}]
    schema = {"type": "record", "name": "r", "fields": fields}
    fastavro.writer(out, schema, [{"page": "x" * (60 << 20)}], codec="null")
    lake.land(f"{DAY}/large.avro", out.getvalue())
    load(lake, memory_mb=50)
    assert status(lake, "large.avro") == ("unreadable", 0)
    assert not is_news(lake, memory_mb=50)

    load(lake, memory_mb=1000)

    assert status(lake, "large.avro") == ("loaded", 1)
    assert versions_seen(lake) == {"broken.parquet": 1, "good.ndjson": 1, "large.avro": 2}
    assert lake.store.height(BRONZE) == 2


def test_an_older_lake_gets_the_column_and_loses_nothing(lake: Lake) -> None:
    known = lake.store.scan(FILES.name).drop("read_by").collect()
    known.write_delta(
        lake.store.uri(FILES.name), mode="overwrite",
        delta_write_options={"schema_mode": "overwrite", "partition_by": ["dataset"]},
    )  # fmt: skip
    older, version = Lake(lake.folder, lake.catalog), lake.store.version(BRONZE)

    prepare(older.work())
    told = older.rows(FILES.name).drop("read_by")
    assert told.sort("path").equals(known.sort("path"))
    older.refresh()

    assert versions_seen(older) == {"broken.parquet": 2, "good.ndjson": 1}
    assert older.store.height(BRONZE) == 1
    assert older.store.version(BRONZE) <= version + 2  # notes alone: to be checked, and checked
    asked = "SELECT count(*) AS n, count(read_by) AS told FROM lake.files"
    answer = Database.of(older.store, older.catalog, asked).answer(asked)
    assert answer.rows() == [(3, 1)]
    assert pl.Series(older.rows(FILES.name)["read_by"]).null_count() == 2
