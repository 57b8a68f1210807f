"""received = accepted + duplicates + quarantined, on every day."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from mega_toys.lake.own.accounts import ACCOUNTS, account, wrong
from mega_toys_tests.lakes import Lake, needed_for

FIRST, SECOND = dt.date(2026, 3, 10), dt.date(2026, 3, 11)
EVENT = {
    "client_id": "c", "ts": "2026-03-10T12:00:00Z", "event_name": "page_view", "device": "mobile",
}  # fmt: skip


def test_what_is_neither_accepted_nor_quarantined_is_a_duplicate() -> None:
    found = account("t", {FIRST: 5, SECOND: 1}, {FIRST: 2}, {FIRST: 1, SECOND: 1})

    assert found.schema == ACCOUNTS.schema
    assert found.rows() == [("t", FIRST, 5, 2, 2, 1), ("t", SECOND, 1, 0, 0, 1)]
    assert wrong(found.lazy()).collect().is_empty()


def test_a_table_without_records_has_no_account() -> None:
    assert account("t", {}, {}, {}).schema == ACCOUNTS.schema


@pytest.mark.parametrize("counts", [(1, 2, -1, 0), (3, 1, 1, 0), (0, 0, 0, 1)])
def test_an_account_that_does_not_add_up_is_found(counts: tuple[int, ...]) -> None:
    told = pl.DataFrame([("t", FIRST, *counts)], schema=ACCOUNTS.schema, orient="row")

    assert wrong(told.lazy()).collect().height == 1


def test_every_record_received_is_in_exactly_one_place(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for("commerce.silver.web_events"))
    lake.send(
        "commerce/web_events/2026-03-11/a.ndjson",
        {"event_id": "1", **EVENT}, {"event_id": "1", **EVENT}, {"event_id": "2", **EVENT},
        {"event_id": "3", **EVENT, "ts": "2026-03-01T00:00:00Z"}, {"event_id": "4"},
    )  # fmt: skip
    lake.refresh()
    lake.send("commerce/web_events/2026-03-12/b.ndjson", {"event_id": "2", **EVENT})

    outcome = lake.refresh()["commerce.silver.web_events"]

    found = lake.rows("lake.row_accounts", "day", "received", "accepted", "duplicates",
                      "quarantined")  # fmt: skip
    assert found.rows() == [(FIRST, 4, 2, 2, 0), (SECOND, 2, 0, 0, 2)]
    assert outcome.accounts == {"received": 4, "accepted": 2, "duplicates": 2, "quarantined": 0}
    assert outcome.failed == []
