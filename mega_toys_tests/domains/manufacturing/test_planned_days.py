import datetime as dt

from mega_toys.domains.manufacturing import planned_days
from mega_toys.domains.manufacturing.silver.downtimes import Downtimes
from mega_toys.domains.manufacturing.silver.factories import Factories
from mega_toys.domains.manufacturing.silver.machines import Machines
from mega_toys.domains.manufacturing.silver.shifts import Shifts
from mega_toys_tests.domains.rows import rows, utc


def test_a_shift_touches_the_days_it_reaches_in_any_time_zone() -> None:
    shift = {"starts_at": utc("2026-03-10 22:00"), "ends_at": utc("2026-03-11 06:00")}

    touched = planned_days.days_of_shifts(rows(Shifts, shift).collect())

    assert touched == [(dt.date(2026, 3, 9), dt.date(2026, 3, 12))]


def test_an_open_planned_downtime_touches_all_days_from_its_begin_on() -> None:
    began = {"started_at": utc("2026-03-10 10:00"), "ended_at": None}

    planned = rows(Downtimes, {**began, "kind": "planned"}).collect()
    malfunction = rows(Downtimes, {**began, "kind": "malfunction"}).collect()

    assert planned_days.days_of_downtimes(planned) == [(dt.date(2026, 3, 9), dt.date.max)]
    assert planned_days.days_of_downtimes(malfunction) == []


def test_days_beyond_the_calendar_are_held_within_it() -> None:
    shift = {
        "starts_at": dt.datetime(1, 1, 1, tzinfo=dt.UTC),
        "ends_at": dt.datetime(9999, 12, 31, 23, tzinfo=dt.UTC),
    }

    touched = planned_days.days_of_shifts(rows(Shifts, shift).collect())

    assert touched == [(dt.date.min, dt.date.max)]


def test_a_machine_touches_the_days_since_it_was_commissioned() -> None:
    machine = {"commissioned_on": dt.date(2026, 3, 1), "is_current": True}

    touched = planned_days.days_of_machines(rows(Machines, machine).collect())

    assert touched == [(dt.date(2026, 3, 1), dt.date.max)]


def test_a_changed_time_zone_touches_every_day_and_a_changed_name_none() -> None:
    old = {"factory_id": "F1", "is_current": True, "time_zone": "UTC", "name": "old"}
    renamed = rows(Factories, old, {**old, "name": "new"}).collect()
    moved = rows(Factories, old, {**old, "time_zone": "Asia/Shanghai"}).collect()

    assert planned_days.days_of_factories(renamed) == []
    assert planned_days.days_of_factories(moved) is None


def test_a_factory_that_comes_or_goes_touches_every_day() -> None:
    factory = {"factory_id": "F1", "is_current": True, "time_zone": "UTC"}

    assert planned_days.days_of_factories(rows(Factories, factory).collect()) is None
