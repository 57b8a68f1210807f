"""Planned busy time of machine M1, in factory F1 unless told otherwise."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from mega_toys.domains.manufacturing.busy_time import busy_time, midnight
from mega_toys.domains.manufacturing.silver.downtimes import Downtimes
from mega_toys.domains.manufacturing.silver.factories import Factories
from mega_toys.domains.manufacturing.silver.machines import Machines
from mega_toys.domains.manufacturing.silver.shifts import Shifts
from mega_toys_tests.domains.rows import rows, utc

HOUR = 3600.0
NEVER = dt.date(2000, 1, 1)


def shift(starts_at: str, ends_at: str, name: str = "early", **told: Any) -> dict[str, Any]:
    begins = utc(starts_at)
    usual = {"factory_id": "F1", "day": begins.date(), "shift": name}
    return {**usual, "starts_at": begins, "ends_at": utc(ends_at), **told}


def stop(started_at: str, ended_at: str | None, **told: Any) -> dict[str, Any]:
    ends = utc(ended_at) if ended_at else None
    usual = {"machine_id": "M1", "kind": "planned"}
    return {**usual, "started_at": utc(started_at), "ended_at": ends, **told}


def machine(
    machine_id: str = "M1", commissioned_on: dt.date = NEVER, **told: Any
) -> dict[str, Any]:
    usual = {"machine_id": machine_id, "factory_id": "F1", "is_current": True}
    return {**usual, "commissioned_on": commissioned_on, **told}


def busy(
    *shifts: dict[str, Any],
    stops: tuple[dict[str, Any], ...] = (),
    machines: tuple[dict[str, Any], ...] = (machine(),),
    zone: str = "UTC",
) -> list[tuple[str, str, float]]:
    """Machine, day and planned busy seconds."""
    factory = {"factory_id": "F1", "is_current": True, "time_zone": zone}
    built = busy_time(
        rows(Shifts, *shifts),
        rows(Downtimes, *stops),
        rows(Machines, *machines),
        rows(Factories, factory),
    )
    found = built.select("machine_id", pl.col("day").cast(pl.String), "pbt_s").collect()
    return sorted(found.rows())


def test_a_night_shift_counts_on_both_days_that_it_reaches() -> None:
    found = busy(shift("2026-03-10 22:00", "2026-03-11 06:00", "night"))

    assert found == [("M1", "2026-03-10", 2 * HOUR), ("M1", "2026-03-11", 6 * HOUR)]


def test_a_shift_that_ends_at_midnight_does_not_reach_the_next_day() -> None:
    assert busy(shift("2026-03-10 16:00", "2026-03-11 00:00")) == [("M1", "2026-03-10", 8 * HOUR)]


def test_the_day_goes_from_midnight_to_midnight_of_the_factory() -> None:
    found = busy(shift("2026-03-10 14:00", "2026-03-10 22:00"), zone="Asia/Shanghai")

    assert found == [("M1", "2026-03-10", 2 * HOUR), ("M1", "2026-03-11", 6 * HOUR)]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_on_which_the_clock_changes_has_23_or_25_hours(day: str, hours: int) -> None:
    eve, noon = f"{dt.date.fromisoformat(day) - dt.timedelta(days=1)} 22:00", f"{day} 10:00"
    found = busy(
        shift(eve, noon, "night"),
        shift(f"{day} 09:00", f"{day} 20:00"),
        shift(f"{day} 20:00", f"{day} 23:30", "late"),
        zone="Europe/Berlin",
    )

    assert ("M1", day, hours * HOUR) in found


def test_seconds_in_two_shifts_count_once() -> None:
    found = busy(
        shift("2026-03-10 06:00", "2026-03-10 14:00"),
        shift("2026-03-10 13:00", "2026-03-10 15:00", "late"),
        shift("2026-03-10 07:00", "2026-03-10 08:00", "night"),
    )

    assert found == [("M1", "2026-03-10", 9 * HOUR)]


def test_planned_downtimes_are_taken_off_once_and_only_within_shifts() -> None:
    found = busy(
        shift("2026-03-10 06:00", "2026-03-10 14:00"),
        stops=(
            stop("2026-03-10 05:00", "2026-03-10 07:00"),
            stop("2026-03-10 06:30", "2026-03-10 08:00"),
            stop("2026-03-10 20:00", "2026-03-10 21:00"),
        ),
    )

    assert found == [("M1", "2026-03-10", 6 * HOUR)]


def test_only_planned_downtimes_of_the_machine_itself_are_taken_off() -> None:
    found = busy(
        shift("2026-03-10 06:00", "2026-03-10 14:00"),
        stops=(
            stop("2026-03-10 06:00", "2026-03-10 07:00", kind="malfunction"),
            stop("2026-03-10 06:00", "2026-03-10 07:00", kind="minor_stop"),
            stop("2026-03-10 06:00", "2026-03-10 07:00", machine_id="M2"),
        ),
    )

    assert found == [("M1", "2026-03-10", 8 * HOUR)]


def test_an_open_downtime_lasts_to_the_end_of_every_day_it_reaches() -> None:
    found = busy(
        shift("2026-03-09 06:00", "2026-03-09 14:00"),
        shift("2026-03-10 06:00", "2026-03-10 14:00"),
        shift("2026-03-11 06:00", "2026-03-11 14:00"),
        stops=(stop("2026-03-10 10:00", None),),
    )

    assert found == [
        ("M1", "2026-03-09", 8 * HOUR),
        ("M1", "2026-03-10", 4 * HOUR),
        ("M1", "2026-03-11", 0),
    ]


def test_a_machine_counts_from_the_day_it_was_commissioned() -> None:
    installed = (
        machine("M1", dt.date(2026, 3, 11)),
        machine("M1", NEVER, is_current=False),
        machine("M2", dt.date(2026, 3, 10)),
        machine("M3", factory_id="F2"),
    )
    found = busy(shift("2026-03-10 22:00", "2026-03-11 06:00", "night"), machines=installed)

    assert found == [
        ("M1", "2026-03-11", 6 * HOUR),
        ("M2", "2026-03-10", 2 * HOUR),
        ("M2", "2026-03-11", 6 * HOUR),
    ]


def test_without_shifts_nothing_is_planned() -> None:
    assert busy() == []


@pytest.mark.parametrize(
    ("day", "zone", "begins"),
    [
        ("2026-03-10", "Asia/Shanghai", "2026-03-09 16:00"),
        ("2026-03-29", "Europe/Berlin", "2026-03-28 23:00"),
        ("2026-03-30", "Europe/Berlin", "2026-03-29 22:00"),
        ("2026-09-06", "America/Santiago", "2026-09-06 04:00"),  # there is no 00:00
        ("2026-11-01", "America/Havana", "2026-11-01 04:00"),  # 00:00 comes twice
    ],
)
def test_a_day_begins_at_the_first_instant_that_its_clocks_show(
    day: str, zone: str, begins: str
) -> None:
    days = pl.LazyFrame({"day": [dt.date.fromisoformat(day)], "zone": [zone]})

    found = days.select(at=midnight(pl.col("day"), pl.col("zone"))).collect()

    assert found["at"].to_list() == [utc(begins)]
