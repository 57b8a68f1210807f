"""A table that was removed, as its error advises, is made anew by the next refresh."""

import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mega_toys.lake.own.files import newest
from mega_toys_tests.lakes import Lake, needed_for

TABLES = needed_for("commerce.gold.funnel_daily")
OF_THE_RUN = ("quarantined_at", "_ingested_at", "refreshed_at", "ingested_at", "stale", "inode",
              "changed_ns", "modified_ns")  # fmt: skip
MADE = (
    "commerce.bronze.web_events", "commerce.silver.web_events", "commerce.quarantine.web_events",
    "commerce.silver.sessions", "commerce.gold.funnel_daily", "lake.row_accounts",
    "lake.received", "lake.accepted", "lake.files", "lake.days",
)  # fmt: skip
QUICK = ("lake.received", "commerce.quarantine.web_events")


def event(number: int, day: str, **told: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number}", "client_id": f"c{number}", "ts": f"{day}T12:00:00Z",
        "event_name": "page_view", "device": "mobile", **told,
    }  # fmt: skip


def deliver(lake: Lake, number: int) -> None:
    day = f"2026-03-{10 + number}"
    path = f"commerce/web_events/{day}/a.ndjson"
    lake.send(path, event(number, day), event(50 + number, day, device="tv"))


def content(lake: Lake) -> dict[str, pl.DataFrame]:
    found = {name: lake.rows(name) for name in MADE}
    found["lake.files"] = newest(found["lake.files"].lazy()).collect()  # one may be told twice
    compared = {name: rows.drop(OF_THE_RUN, strict=False) for name, rows in found.items()}
    return {name: rows.sort(pl.struct(pl.all())) for name, rows in compared.items()}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    lake = Lake(tmp_path_factory.mktemp("whole"), TABLES)
    for number in range(3):
        deliver(lake, number)
    lake.refresh()
    return content(lake)


@pytest.mark.slow
@pytest.mark.parametrize(
    "removed",
    [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in MADE],
)
@pytest.mark.parametrize(
    "with_news",
    [
        pytest.param(False, marks=pytest.mark.slow, id="without news"),
        pytest.param(True, id="with news"),
    ],
)
def test_a_table_that_was_removed_is_made_anew(
    removed: str, with_news: bool, expected: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    lake = Lake(tmp_path, TABLES)
    deliver(lake, 0)
    deliver(lake, 1)
    if not with_news:
        deliver(lake, 2)
    lake.refresh()
    shutil.rmtree(lake.store.uri(removed))
    deliver(lake, 2)

    Lake(tmp_path, TABLES).refresh()

    for name, rows in content(Lake(tmp_path, TABLES)).items():
        assert rows.equals(expected[name]), name
