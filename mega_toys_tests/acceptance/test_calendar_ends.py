"""The first and the last day of the calendar are days like any other, in every time zone."""

from pathlib import Path
from typing import Any

import pytest

from mega_toys_tests.lakes import Lake, needed_for

TABLES = ("manufacturing.gold.factory_oee_daily", "safety.silver.lot_events")


def deliver(lake: Lake, day: str, zone: str, clock: str) -> None:
    """One record of each source that a factory's day is made from, all of one instant."""
    at = f"{day}T{clock}"

    def send(dataset: str, **record: Any) -> None:
        told = {"factory_id": "F1", "updated_at": at} | record
        lake.send(f"{dataset}/{day}/a.ndjson", told)

    send("manufacturing/factories", name="n", country="DE", time_zone=zone, currency="EUR")
    send("manufacturing/machines", machine_id="M1", line_id="L", model="m", commissioned_on=day)
    send("manufacturing/machine_telemetry", event_id="e", machine_id="M1", ts=at, status="idle")
    send("manufacturing/shifts", day=day, shift="early",
         starts_at=f"{day}T02:00:00Z", ends_at=f"{day}T09:00:00Z")  # fmt: skip
    send("manufacturing/downtimes", downtime_id="d", machine_id="M1", kind="planned", started_at=at)
    send("manufacturing/production_orders", order_id="o", machine_id="M1", sku="s", lot_id="l",
         planned_run_time_per_item_s=1, started_at=at, produced_quantity=1, good_quantity=1,
         scrap_quantity=0, rework_quantity=0)  # fmt: skip
    send("safety/lot_events", event_id="x", event_time=at, transformation_id="t",
         input_quantity_list=[{"lot_id": "a", "quantity": 1}], output_quantity_list=[])  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("day", "zone", "clock"),
    [
        ("9999-12-31", "Pacific/Kiritimati", "12:00:00Z"),
        ("0001-01-01", "Pacific/Pago_Pago", "02:00:00Z"),
    ],
)
def test_a_factory_whose_clock_shows_a_day_beyond_the_calendar_stops_nothing(
    day: str, zone: str, clock: str, tmp_path: Path
) -> None:
    lake = Lake(tmp_path, needed_for(*TABLES))
    deliver(lake, day, zone, clock)

    lake.refresh()

    accepted = lake.rows("safety.silver.lot_events", "day")
    assert accepted["day"].cast(str).to_list() == [day]
    assert lake.rows("manufacturing.silver.machine_readings").height == 1
