"""After any sequence of deliveries and refreshes the tables are those of a rebuild."""

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mega_toys.operations.rebuild import rebuild
from mega_toys_tests.lakes import Lake, needed_for

TABLES = needed_for(
    "commerce.silver.sessions", "commerce.silver.order_lines", "commerce.silver.products",
    "finance.silver.exchange_rates", "manufacturing.silver.downtimes",
)  # fmt: skip
FIRST = dt.date(2026, 3, 10)
numbers = st.integers(0, 3)


def at(day: int, hour: int = 12) -> str:
    return f"{FIRST + dt.timedelta(day)}T{hour:02}:00:00Z"


@st.composite
def records(draw: st.DrawFn, dataset: str) -> dict[str, Any]:
    """A record like any other, or one that breaks a rule, repeats a key or comes late."""
    number, day, version = draw(numbers), draw(st.integers(-5, 2)), draw(st.integers(0, 2))
    updated = {"updated_at": at(version)}
    made: dict[str, dict[str, Any]] = {
        "commerce/web_events": {
            "event_id": f"e{number}", "client_id": "c", "ts": at(day, 8 + number),
            "event_name": "page_view", "device": "mobile",
        },
        "commerce/orders": {
            "order_id": f"o{number}", "customer_id": "c", "placed_at": at(day), "status": "paid",
            "currency": "eur", "country": "de", "channel": "web",
            "items": [{"line_no": 1, "sku": "T", "quantity": 1 + version, "unit_price": "5"}],
            **updated,
        },
        "commerce/products": {
            "sku": f"s{number}", "name": f"n{day % 2}", "category": "c", "age_min": 3,
            "list_price_eur": "1", "launched_on": "2026-01-01", **updated,
        },
        "finance/exchange_rates": {
            "day": f"{FIRST + dt.timedelta(day)}", "currency": "usd", "units_per_eur": 1 + number,
            **updated,
        },
        "manufacturing/factories": {
            "factory_id": f"F{number % 2}", "name": "n", "country": "de", "currency": "eur",
            "time_zone": ("Europe/Berlin", "Pacific/Kiritimati")[version % 2], **updated,
        },
        "manufacturing/machines": {
            "machine_id": f"M{number % 2}", "factory_id": f"F{number % 2}", "line_id": "L",
            "model": "m", "commissioned_on": "2026-01-01", **updated,
        },
        "manufacturing/downtimes": {
            "downtime_id": f"d{number}", "factory_id": f"F{number % 2}",
            "machine_id": f"M{number % 2}", "kind": "planned", "started_at": at(day), **updated,
        },
    }  # fmt: skip
    record = made[dataset]
    if draw(st.integers(0, 5)) == 0:
        record[draw(st.sampled_from(sorted(record)))] = draw(st.sampled_from([None, "odd", [1]]))
    return record


DATASETS = (
    "commerce/web_events", "commerce/orders", "commerce/products", "finance/exchange_rates",
    "manufacturing/factories", "manufacturing/machines", "manufacturing/downtimes",
)  # fmt: skip


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[str, str, bool]:
    """A file that arrives, maybe in the place of one that was there, and whether all is taken in.

    Its name is one of two for a day.
    """
    dataset = draw(st.sampled_from(DATASETS))
    day, name = draw(st.integers(0, 2)), draw(st.sampled_from("ab"))
    lines = [json.dumps(one) for one in draw(st.lists(records(dataset), max_size=4))]
    torn = draw(st.sampled_from(["", "", "", "torn {", "\x00"]))
    path = f"{dataset}/{FIRST + dt.timedelta(day)}/{name}.ndjson"
    return path, "\n".join([*lines, torn]), draw(st.booleans())


@pytest.mark.slow
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=st.lists(deliveries(), min_size=2, max_size=12), rows=st.sampled_from([1, 10**6]))
def test_any_sequence_of_deliveries_gives_what_a_rebuild_gives(
    sequence: list[tuple[str, str, bool]], rows: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lake = Lake(tmp_path_factory.mktemp("any"), TABLES, rows_at_once=rows)
    for path, content, taken_in in sequence:
        lake.land(path, content)
        if taken_in:
            lake.refresh()
    lake.refresh()

    found = rebuild(list(lake.catalog), lake.work(), lake.zone, swap=False, say=lambda text: None)

    assert [str(one) for one in found] == []
    accounts = lake.rows("lake.row_accounts").select(pl.col(pl.Int64).sum()).row(0, named=True)
    kept = accounts["accepted"] + accounts["duplicates"] + accounts["quarantined"]
    assert accounts["received"] == kept
