"""A refresh that ends in the middle of its writes leaves nothing that the next does not mend."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mega_toys_tests.dying import DiedError, Dying
from mega_toys_tests.lakes import Lake, needed_for

TABLES = needed_for("commerce.gold.funnel_daily", "manufacturing.silver.machine_readings")
COMPARED = (
    "commerce.silver.web_events", "commerce.quarantine.web_events", "commerce.silver.sessions",
    "commerce.gold.funnel_daily", "manufacturing.silver.machine_readings",
    "manufacturing.quarantine.machine_readings", "lake.row_accounts", "lake.accepted",
)  # fmt: skip
OF_THE_RUN = ("quarantined_at", "_ingested_at")


def event(number: int, day: str, **told: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number}", "client_id": f"c{number % 3}", "ts": f"{day}T12:00:00Z",
        "event_name": "page_view", "device": "mobile", **told,
    }  # fmt: skip


def deliver(lake: Lake, go: int) -> None:
    day = f"2026-03-{10 + go}"
    lake.send(
        f"commerce/web_events/{day}/a.ndjson",
        *(event(n, day) for n in range(go, 5 + go)), event(77, day, device="tv"),
    )  # fmt: skip
    lake.send("commerce/web_events/2026-03-10/again.ndjson", event(50 + go, "2026-03-10"))
    lake.send(
        f"manufacturing/machine_telemetry/{day}/a.ndjson",
        {"event_id": f"r{go}", "factory_id": "F", "machine_id": "M", "ts": f"{day}T20:00:00Z",
         "status": "idle"},
    )  # fmt: skip
    if go:
        updated = {"updated_at": "2026-03-01T00:00:00Z"}
        lake.send(
            "manufacturing/factories/2026-03-11/a.ndjson",
            {"factory_id": "F", "name": "n", "country": "cn", "time_zone": "Asia/Shanghai",
             "currency": "cny", **updated},
        )  # fmt: skip
        lake.send(
            "manufacturing/machines/2026-03-11/a.ndjson",
            {"machine_id": "M", "factory_id": "F", "line_id": "L", "model": "m",
             "commissioned_on": "2026-01-01", **updated},
        )  # fmt: skip


def content(lake: Lake) -> dict[str, pl.DataFrame]:
    frames = {name: lake.rows(name).drop(OF_THE_RUN, strict=False) for name in COMPARED}
    return {name: rows.sort(pl.struct(pl.all())) for name, rows in frames.items()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    lake = Lake(tmp_path_factory.mktemp("whole"), TABLES)
    deliver(lake, 0)
    deliver(lake, 1)
    lake.refresh()
    return content(lake)


WRITTEN = (
    "lake.files", "lake.received", "lake.accepted", "lake.row_accounts", "lake.days",
    "commerce.bronze.web_events", "commerce.quarantine.web_events", "commerce.silver.web_events",
    "mark of commerce.silver.web_events", "commerce.gold.funnel_daily",
    "mark of commerce.gold.funnel_daily", "mark of manufacturing.silver.factories",
    "manufacturing.quarantine.machine_readings", "manufacturing.silver.machine_readings",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("after", WRITTEN)
def test_the_next_refresh_ends_what_one_that_died_began(
    after: str, whole: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    lake = Lake(tmp_path, TABLES)
    deliver(lake, 0)
    lake.refresh()
    deliver(lake, 1)
    with pytest.raises(DiedError):
        lake.refresh(Dying(lake.store.root, after=after))

    outcomes = Lake(tmp_path, TABLES).refresh()

    assert not any(outcome.failed for outcome in outcomes.values())
    for name, rows in content(lake).items():
        assert rows.equals(whole[name]), name
