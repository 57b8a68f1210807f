"""Which tables may wait with their news for what they promise."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from mega_toys.lake.run.work import Work
from mega_toys.operations.promised import may_wait
from mega_toys_tests.lakes import Lake, needed_for

SESSIONS = "commerce.silver.sessions"
PROMISED = dt.timedelta(hours=3)


def event(number: int) -> dict[str, str]:
    return {
        "event_id": f"e{number}", "client_id": "c", "ts": f"2026-03-10T12:00:{number:02}Z",
        "event_name": "page_view", "page": "/", "device": "mobile",
    }  # fmt: skip


def test_a_computed_table_waits_with_its_news_for_half_of_what_it_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path, needed_for(SESSIONS))
    lake.send("commerce/web_events/2026-03-10/a.ndjson", event(1))
    lake.refresh()
    lake.send("commerce/web_events/2026-03-10/b.ndjson", event(2))

    def waiting(after: dt.timedelta, within: dt.timedelta | None = None) -> set[str]:
        now = dt.datetime.now(dt.UTC) + after
        monkeypatch.setattr(Work, "now", lambda self: now)
        plan = lake.plan()
        return {str(table.name) for table in lake.catalog if may_wait(plan.of(table), within)}

    assert waiting(PROMISED * 0.4) == {SESSIONS}
    assert waiting(PROMISED * 0.6) == set()
    assert waiting(PROMISED * 0.4, dt.timedelta(hours=2)) == set()
    assert waiting(PROMISED * 0.4, PROMISED * 9) == {SESSIONS}


def test_a_table_that_promises_nothing_of_its_own_does_not_wait(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for(SESSIONS))
    lake.send("commerce/web_events/2026-03-10/a.ndjson", event(1))
    lake.refresh()
    todo = lake.plan().of(lake.catalog[SESSIONS])
    contract = replace(todo.table.contract, fresh_within=None)

    assert may_wait(todo)
    assert not may_wait(replace(todo, table=replace(todo.table, contract=contract)))
