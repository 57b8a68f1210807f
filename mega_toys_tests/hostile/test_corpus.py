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


@pytest.mark.slow
@pytest.mark.parametrize("what", CORPUS)
def test_a_hostile_file_harms_nothing_beside_it(
    what: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name, content = CORPUS[what]
    lake = Lake(tmp_path, needed_for(BRONZE))
    lake.land(f"{DAY}/{name}", content())
    beside = ["good.ndjson", "good.parquet", "good.kafka.parquet"]
    for other in beside:
        lake.land(f"{DAY}/{other}", good(other))

    had = memory.begin()
    lake.refresh()
    taken = memory.grown_mb(had), memory.decoder_mb(), memory.decoder_bound_mb()
    apart.end_warm()

    rows = lake.rows(BRONZE).group_by("_file").len()
    assert {(f"{DAY}/{other}", 1) for other in beside} <= set(rows.rows())
    seen = newest(lake.store.scan("lake.files")).collect()
    told = seen.filter(path=f"{DAY}/{name}").select("status", "rows", "error").rows()
    assert [many for _, many, _ in told] == [dict(rows.rows()).get(f"{DAY}/{name}", 0)]
    assert told[0][0] in ("loaded", "empty") or (told[0][0] == "unreadable" and told[0][2])
    assert max(taken) < MOST_MB
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    print(f"{what}: {taken} MB, {told}")
