"""What a row names is there, and an event happens on one day."""

from pathlib import Path

import pytest

from mega_toys.declared.catalog import Catalog
from mega_toys_tests.lake.checks.checked import ELEVENTH, TENTH, repeated, result
from mega_toys_tests.lakes import Lake, needed_for

EVENTS = "commerce.silver.web_events"
EVENT = {
    "event_id": "E1",
    "client_id": "B1",
    "ts": "2026-03-10T12:00:00Z",
    "event_name": "page_view",
    "device": "desktop",
}
PRODUCT = {
    "sku": "S1",
    "name": "Robot",
    "category": "Robots",
    "age_min": 3,
    "list_price_eur": "9.99",
    "launched_on": "2026-01-01",
    "updated_at": "2026-01-01T00:00:00Z",
}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(
        tmp_path, needed_for(EVENTS, "commerce.silver.products", "commerce.silver.customers")
    )
    lake.send("commerce/products/2026-03-10/a.ndjson", PRODUCT)
    return lake


def test_a_key_that_is_there_and_one_that_is_not_sent_pass(lake: Lake) -> None:
    lake.send("commerce/web_events/2026-03-10/a.ndjson", EVENT | {"sku": "S1"}, EVENT)
    lake.refresh()

    assert result(lake, EVENTS, "sku_is_in_products").passed
    assert result(lake, EVENTS, "customer_id_is_in_customers").passed


def test_a_key_that_is_not_there_is_told_with_how_many_rows_name_it(lake: Lake) -> None:
    events = [EVENT | {"event_id": f"E{n}", "sku": sku} for n, sku in enumerate(["X", "X", "Y"])]
    lake.send("commerce/web_events/2026-03-10/a.ndjson", *events)
    lake.refresh()

    found = result(lake, EVENTS, "sku_is_in_products")

    assert (found.passed, found.severity, found.blocks, found.rows) == (False, "warn", False, 3)
    told = {"day": TENTH, "_landed_on": TENTH}  # and no sku, since the events are confidential
    assert found.examples == [{**told, "rows": 2}, {**told, "rows": 1}]
    assert found.by_day == {TENTH: 3}


def test_a_lake_without_the_other_table_has_nothing_to_compare_with(tmp_path: Path) -> None:
    kept = [table for table in needed_for(EVENTS) if table.name.table != "products"]
    lake = Lake(tmp_path, Catalog(kept))
    lake.send("commerce/web_events/2026-03-10/a.ndjson", EVENT | {"sku": "S1"})
    lake.refresh()

    assert result(lake, EVENTS, "sku_is_in_products").passed


def test_keys_are_looked_for_on_the_days_touched(lake: Lake) -> None:
    next_day = {"event_id": "E2", "ts": "2026-03-11T12:00:00Z"}
    lake.send("commerce/web_events/2026-03-10/a.ndjson", EVENT, EVENT | next_day)
    lake.refresh()
    repeated(lake, EVENTS, day=TENTH, event_id="E3", sku="X")

    assert result(lake, EVENTS, "sku_is_in_products", ELEVENTH).passed
    assert not result(lake, EVENTS, "sku_is_in_products", TENTH).passed


def test_an_event_sent_with_and_without_its_offset_is_on_two_days(lake: Lake) -> None:
    local, utc = {"ts": "2026-03-10T23:30:00-05:00"}, {"ts": "2026-03-11T04:30:00Z"}
    lake.send("commerce/web_events/2026-03-11/a.ndjson", EVENT | local, EVENT | utc)
    lake.refresh()

    for touched in (TENTH, ELEVENTH):
        found = result(lake, EVENTS, "events_are_on_one_day", touched)
        assert (found.passed, found.blocks, found.rows) == (False, False, 1)
        assert found.examples == [{"day": TENTH, "also_on": ELEVENTH}]


def test_events_of_two_days_are_on_one_day_each(lake: Lake) -> None:
    other = {"event_id": "E2", "ts": "2026-03-11T12:00:00Z"}
    lake.send("commerce/web_events/2026-03-11/a.ndjson", EVENT, EVENT, EVENT | other)
    lake.refresh()

    assert result(lake, EVENTS, "events_are_on_one_day").passed


def test_an_event_of_days_apart_is_on_several_days_and_none_of_them_the_next(lake: Lake) -> None:
    later = {"ts": "2026-03-12T12:00:00Z"}
    lake.send("commerce/web_events/2026-03-12/a.ndjson", EVENT, EVENT | later)
    lake.refresh()

    assert lake.rows(EVENTS).height == 2
    assert result(lake, EVENTS, "events_are_on_one_day").passed
