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


def with_code(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (
        "mega_toys.lake.run.work",
        "mega_toys.lake.code.hashing",
        "mega_toys.ingestion.loading.file_versions",
    ):
        monkeypatch.setattr(f"{module}.code_version", lambda table, catalog: version)


def built_otherwise(lake: Lake) -> set[str]:
    return {str(table.name) for table in built_by_other_code(lake.work())}


@pytest.mark.slow
def test_what_other_code_built_is_known_after_newer_code_built_more_and_after_its_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, bronze = Lake(tmp_path, needed_for(EVENTS)), "commerce.bronze.web_events"
    with_code("older", monkeypatch)
    click(lake, "2026-03-10")
    lake.refresh()
    assert built_otherwise(lake) == set()

    with_code("newer", monkeypatch)
    assert {EVENTS, bronze} <= built_otherwise(lake)
    with_code("older", monkeypatch)
    assert built_otherwise(lake) == set()  # the newer has built nothing yet
    with_code("newer", monkeypatch)
    click(lake, "2026-03-12")
    lake.refresh()
    assert {EVENTS, bronze} <= built_otherwise(lake)

    with_code("older", monkeypatch)
    click(lake, "2026-03-13")
    lake.refresh()
    assert {EVENTS, bronze} <= built_otherwise(lake)
    forget(built_by_other_code(lake.work()), lake.work())
    refreshed = lake.refresh()
    assert refreshed[bronze].rows == 3  # all files are read again
    assert built_otherwise(lake) == set()


def test_a_table_whose_news_other_code_rejected_is_of_that_code_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path, needed_for(EVENTS))
    with_code("older", monkeypatch)
    click(lake, "2026-03-10")
    lake.refresh()
    with_code("newer", monkeypatch)
    lake.send("commerce/web_events/2026-03-12/a.ndjson", {"event_id": "no more"})
    lake.refresh()
    assert lake.rows(EVENTS).height == 1

    with_code("older", monkeypatch)

    assert EVENTS in built_otherwise(lake)
