"""No hostile file ends a refresh, hides a file beside it or takes more memory than it may."""

import io
import json
from pathlib import Path

import polars as pl
import pytest

from mega_toys.ingestion.decoding import apart
from mega_toys.lake.own.files import newest
from mega_toys_tests.hostile import memory
from mega_toys_tests.hostile.corpus import CORPUS, EVENT
from mega_toys_tests.hostile.damaged import DAMAGED
from mega_toys_tests.lakes import Lake, needed_for

BRONZE = "commerce.bronze.web_events"
DAY = "commerce/web_events/2026-03-10"
MOST_MB = 1500


def good(name: str) -> bytes:
    """A good file of a name's format."""
    if name.endswith("parquet"):
        out = io.BytesIO()
        value = {"value": [json.dumps(EVENT).encode()]}
        pl.DataFrame(value if "kafka" in name else [EVENT]).write_parquet(out)
        return out.getvalue()
    return json.dumps(EVENT).encode()


def together(many: int = 12) -> list[list[str]]:
    """The corpus in parts that share a refresh, files of a kind apart from each other."""
    every = [*CORPUS, *DAMAGED]
    parts = -(-len(every) // many)
    return [every[at::parts] for at in range(parts)]


@pytest.mark.slow
@pytest.mark.parametrize("names", together(), ids=lambda names: f"{names[0]} and others")
def test_hostile_files_harm_nothing_beside_them(
    names: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lake = Lake(tmp_path, needed_for(BRONZE))
    paths: dict[str, str] = {}
    for at, what in enumerate(names):
        name, content = (CORPUS | DAMAGED)[what]
        paths[what] = f"{DAY}/{at}{name}"
        lake.land(paths[what], content())
    beside = ["good.ndjson", "good.parquet", "good.kafka.parquet"]
    for other in beside:
        lake.land(f"{DAY}/{other}", good(other))

    had = memory.begin()
    lake.refresh()
    taken = memory.grown_mb(had), memory.decoder_mb(), memory.decoder_bound_mb()
    apart.end_warm()

    rows = dict(lake.rows(BRONZE).group_by("_file").len().rows())
    assert {rows.get(f"{DAY}/{other}") for other in beside} == {1}
    seen = newest(lake.store.scan("lake.files")).collect()
    told = {path: rest for path, *rest in seen.select("path", "status", "rows", "error").rows()}
    for what, path in paths.items():
        status, many, error = told[path]
        assert many == rows.get(path, 0), what
        assert status in ("loaded", "empty") or (status == "unreadable" and error), what
    assert max(taken) < MOST_MB
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
