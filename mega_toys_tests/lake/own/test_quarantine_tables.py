"""What the quarantine keeps of a rejected record."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from mega_toys_tests.lakes import Lake, needed_for

GOOD = {
    "event_id": "e1", "client_id": "c", "ts": "2026-03-10T12:00:00Z", "event_name": "page_view",
    "device": "mobile",
}  # fmt: skip
ORDER = {
    "order_id": "O1", "customer_id": "C1", "placed_at": "2026-03-10T12:00:00Z",
    "updated_at": "2026-03-10T12:00:00Z", "status": "paid", "currency": "EUR", "country": "DE",
    "channel": "web",
}  # fmt: skip
DAY = dt.date(2026, 3, 10)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    tables = needed_for("commerce.silver.web_events", "commerce.silver.orders")
    lake = Lake(tmp_path_factory.mktemp("lake"), tables)
    sent = [
        GOOD,
        GOOD | {"device": " TV ", "quantity": "many", "firmware": {"v": [1]}, "ts": None},
        GOOD | {"ts": "2026-03-01T12:00:00Z"},
        GOOD | {"device": "tv", "value": 12.5, "sku": 2**70, "page": 'a"b\\c\n木'},
        GOOD | {"quantity": float("inf")},
    ]
    lines = [json.dumps(one) for one in sent]
    lines[-1] = lines[-1].replace("Infinity", "1e999")
    lake.land("commerce/web_events/2026-03-10/a.ndjson", "\n".join([*lines, '{"torn": "é']))
    items = [{"line_no": 1, "sku": 2**70, "quantity": 0, "unit_price": "1.10"}]
    lake.send("commerce/orders/2026-03-10/a.ndjson", ORDER | {"items": items})
    lake.refresh()
    return lake


def record(lake: Lake, row: int, table: str = "web_events") -> Any:
    found = lake.rows(f"commerce.quarantine.{table}")
    return json.loads(found.filter(_row=row)["record"].item())


def test_each_rejected_record_is_kept_once_with_all_its_rules_in_order(lake: Lake) -> None:
    found = lake.rows("commerce.quarantine.web_events", "_row", "day", "rules", "_landed_on")

    assert found.rows() == [
        (1, DAY, ["device_is_valid", "quantity_is_valid", "ts_is_present"], DAY),
        (2, DAY, ["landed_within_window"], DAY),
        (3, DAY, ["device_is_valid"], DAY),
        (4, DAY, ["quantity_is_valid"], DAY),
        (5, DAY, ["record_is_readable"], DAY),
    ]


def test_the_record_is_told_as_received_with_what_did_not_fit(lake: Lake) -> None:
    assert record(lake, 1) == {
        "event_id": "e1", "client_id": "c", "event_name": "page_view", "device": "TV",
        "quantity": "many", "firmware": {"v": [1]},
    }  # fmt: skip
    assert record(lake, 3)["page"] == 'a"b\\c\n木'
    assert str(record(lake, 3)["sku"]) == str(2**70)


def test_an_unreadable_record_is_told_by_its_text(lake: Lake) -> None:
    assert record(lake, 5) == '{"torn": "é'


def test_a_number_beyond_a_double_is_not_lost(lake: Lake) -> None:
    assert record(lake, 4)["quantity"] is not None


def test_records_of_which_nothing_fits_are_told_beside_others(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for("commerce.silver.web_events"))
    sent = [{}, {"sku": "A"}, {"strange": 1}, {}, {"sku": "B", "strange": 2}, {"quantity": "many"}]
    lake.send("commerce/web_events/2026-03-10/a.ndjson", *sent)
    lake.refresh()

    assert [record(lake, row) for row in range(len(sent))] == sent


def test_long_integers_inside_a_list_are_told_exactly(lake: Lake) -> None:
    assert record(lake, 0, "orders")["items"][0]["sku"] == 2**70


def test_a_record_that_was_mended_leaves_the_quarantine(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for("commerce.silver.web_events"))
    path = "commerce/web_events/2026-03-10/a.ndjson"
    lake.send(path, GOOD | {"device": "tv"})
    lake.refresh()

    lake.send(path, GOOD)
    lake.refresh()

    assert lake.rows("commerce.quarantine.web_events").is_empty()
    assert lake.rows("commerce.silver.web_events", "event_id").rows() == [("e1",)]
    assert lake.rows("lake.row_accounts", "received", "accepted", "quarantined").rows() == [
        (1, 1, 0)
    ]
