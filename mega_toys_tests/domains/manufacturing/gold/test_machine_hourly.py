import datetime as dt
from typing import Any

import polars as pl
import pytest

from mega_toys.domains.manufacturing.gold.machine_hourly import (
    MachineHourly,
    machine_hourly,
    readings_that_name_another_factory_than_their_machine,
)
from mega_toys.domains.manufacturing.silver.machine_readings import MachineReadings
from mega_toys.domains.manufacturing.silver.machines import Machines
from mega_toys_tests.domains.rows import rows, utc

DAY = dt.date(2026, 3, 10)


def reading(time: str, **told: Any) -> dict[str, Any]:
    """A reading of machine M1 on the day; its factory's clock shows UTC."""
    ts = utc(f"2026-03-10 {time}")
    usual = {"machine_id": "M1", "day": DAY, "ts": ts, "hour": ts.hour, "event_id": time}
    measured = {"temperature_c": None, "vibration_mm_s": None, "power_kw": None}
    return {**usual, **measured, "cycle_count": None, "status": "producing", **told}


def hourly(*readings: dict[str, Any]) -> pl.DataFrame:
    built = machine_hourly(rows(MachineReadings, *readings)).collect()
    return MachineHourly.validate(built, cast=True).sort("machine_id", "day", "hour")


def test_a_reading_holds_until_the_next_and_the_last_of_the_day_holds_no_time() -> None:
    hour = hourly(
        reading("08:00:00", status="setup"),
        reading("08:00:10.5", status="producing"),
        reading("08:00:30", status="down"),
    )

    assert hour.select("setup_s", "producing_s", "down_s", "idle_s", "off_s").rows() == [
        (10.5, 19.5, 0, 0, 0)
    ]


def test_a_reading_holds_at_most_a_minute() -> None:
    hour = hourly(reading("08:00:00"), reading("08:05:00"), reading("08:06:00"))

    assert hour["producing_s"].to_list() == [120]


def test_held_seconds_count_wholly_in_the_hour_of_the_reading() -> None:
    hours = hourly(reading("08:59:50"), reading("09:00:20"), reading("09:00:30"))

    assert hours.select("hour", "producing_s", "readings").rows() == [(8, 30, 1), (9, 10, 2)]


def test_readings_of_one_instant_are_in_the_order_of_their_event_ids() -> None:
    hour = hourly(
        reading("08:00:00", event_id="b", status="idle"),
        reading("08:00:00", event_id="a", status="down"),
        reading("08:00:20", event_id="c", status="off"),
    )

    assert hour.select("down_s", "idle_s").rows() == [(0, 20)]


def test_a_machine_and_a_day_do_not_hold_into_another() -> None:
    next_day = DAY + dt.timedelta(days=1)
    hours = hourly(
        reading("23:59:50"),
        reading("23:59:55", machine_id="M2"),
        reading("23:59:58", day=next_day),
    )

    assert hours.select("machine_id", "producing_s").rows() == [("M1", 0), ("M1", 0), ("M2", 0)]


def test_energy_is_power_times_held_time_and_no_power_is_none() -> None:
    hour = hourly(
        reading("08:00:00", power_kw=6.0),
        reading("08:01:00", power_kw=None),
        reading("08:02:00", power_kw=30.0),
        reading("08:02:30", power_kw=1000.0),
    )

    assert hour["energy_kwh"].to_list() == [pytest.approx(6 * 60 / 3600 + 30 * 30 / 3600)]


def test_a_counter_that_falls_was_restarted_and_what_it_shows_counts() -> None:
    hours = hourly(
        reading("08:00:00", cycle_count=100),
        reading("08:30:00", cycle_count=None),
        reading("08:59:00", cycle_count=104),
        reading("09:00:00", cycle_count=3),
        reading("09:01:00", cycle_count=3),
        reading("09:02:00", cycle_count=10),
    )

    assert hours.select("hour", "cycles").rows() == [(8, 4), (9, 3 + 7)]


def test_cycles_count_in_the_hour_of_the_later_reading_and_not_over_midnight() -> None:
    tomorrow = DAY + dt.timedelta(days=1)
    hours = hourly(
        reading("08:00:00", cycle_count=5),
        reading("10:00:00", cycle_count=9),
        reading("00:00:00", event_id="next", day=tomorrow, cycle_count=50),
    )

    assert hours.select("day", "hour", "cycles").rows() == [
        (DAY, 8, 0),
        (DAY, 10, 4),
        (tomorrow, 0, 0),
    ]


def test_cycles_beyond_64_bits_do_not_wrap_round() -> None:
    most = 2**63 - 1
    counts = [0, most, 0, most]
    hour = hourly(*(reading(f"08:0{n}:00", cycle_count=count) for n, count in enumerate(counts)))

    assert hour["cycles"].to_list() == [most]


def test_the_spread_is_of_the_values_there_are_and_p95_lies_between_them() -> None:
    hour = hourly(
        *(reading(f"08:00:{n:02}", temperature_c=float(n)) for n in range(11)),
        reading("08:01:00", temperature_c=None),
    )

    spread = hour.select(f"temperature_c_{of}" for of in ("mean", "min", "max", "p95"))
    assert spread.rows() == [(5, 0, 10, 9.5)]
    assert hour.select("vibration_mm_s_mean", "vibration_mm_s_p95").rows() == [(None, None)]


def test_without_readings_there_are_no_hours() -> None:
    assert hourly().is_empty()


def test_a_reading_that_names_another_factory_than_its_machine_is_found() -> None:
    readings = rows(
        MachineReadings,
        reading("08:00:00", factory_id="F1"),
        reading("08:01:00", factory_id="F2"),
    )
    moved = {"machine_id": "M1", "valid_from": utc("2026-01-01 00:00")}
    machines = rows(
        Machines,
        {**moved, "factory_id": "F2", "is_current": False},
        {**moved, "factory_id": "F1", "is_current": True, "valid_from": utc("2026-02-01 00:00")},
    )

    wrong = readings_that_name_another_factory_than_their_machine(readings, machines).collect()

    assert wrong.rows() == [(DAY, "M1", "F2", "F1", 1)]
