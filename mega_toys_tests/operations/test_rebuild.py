"""Which tables are made anew after a change of their code."""

from pathlib import Path

import pytest

from mega_toys.operations.rebuild import built_by_other_code, forget
from mega_toys_tests.lakes import Lake, needed_for

EVENTS = "commerce.silver.web_events"


def click(lake: Lake, day: str) -> None:
    lake.send(
        f"commerce/web_events/{day}/a.ndjson",
        {
            "event_id": day,
            "client_id": "c",
            "ts": f"{day}T10:00:00Z",
            "event_name": "page_view",
            "device": "mobile",
        },
    )


def test_days_that_older_code_built_are_known_after_newer_code_built_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path, needed_for(EVENTS))
    click(lake, "2026-03-10")
    lake.refresh()
    assert built_by_other_code(lake.work()) == []

    for module in (
        "mega_toys.lake.run.work",
        "mega_toys.lake.code.hashing",
        "mega_toys.ingestion.loading.file_versions",
    ):
        monkeypatch.setattr(f"{module}.code_version", lambda table, catalog: "newer")
    click(lake, "2026-03-12")
    lake.refresh()

    bronze = "commerce.bronze.web_events"
    assert {EVENTS, bronze} <= {str(table.name) for table in built_by_other_code(lake.work())}
    forget(built_by_other_code(lake.work()), lake.work())
    refreshed = lake.refresh()
    assert refreshed[bronze].rows == 2  # all files are read again
    assert built_by_other_code(lake.work()) == []
