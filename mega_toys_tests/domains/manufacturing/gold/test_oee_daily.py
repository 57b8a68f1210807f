import datetime as dt
from typing import Any

import polars as pl
import pytest

from mega_toys.domains.manufacturing.gold.machine_hourly import MachineHourly
from mega_toys.domains.manufacturing.gold.oee_daily import OeeDaily, oee_daily
from mega_toys.domains.manufacturing.silver.downtimes import Downtimes
from mega_toys.domains.manufacturing.silver.factories import Factories
from mega_toys.domains.manufacturing.silver.machines import Machines
from mega_toys.domains.manufacturing.silver.production_orders import ProductionOrders
from mega_toys.domains.manufacturing.silver.shifts import Shifts
from mega_toys_tests.domains.rows import rows, utc

DAY = dt.date(2026, 3, 10)
SHIFT = {
    "factory_id": "F1",
    "day": DAY,
    "starts_at": utc("2026-03-10 06:00"),
    "ends_at": utc("2026-03-10 14:00"),
}
MACHINE = {
    "machine_id": "M1",
    "factory_id": "F1",
    "commissioned_on": dt.date(2020, 1, 1),
    "is_current": True,
}
FACTORY = {"factory_id": "F1", "time_zone": "UTC", "is_current": True}


def hour(hour: int, **seconds: float) -> dict[str, Any]:
    spent = {"producing_s": 0.0, "setup_s": 0.0, "down_s": 0.0}
    return {"machine_id": "M1", "day": DAY, "hour": hour, **spent, **seconds}


def order(produced: int, good: int, scrap: int, pri: float, **told: Any) -> dict[str, Any]:
    made = {"produced_quantity": produced, "good_quantity": good, "scrap_quantity": scrap}
    usual = {"machine_id": "M1", "day": DAY, "ended_at": utc("2026-03-10 12:00")}
    return {**usual, **made, "rework_quantity": 0, "planned_run_time_per_item_s": pri, **told}


def oee(
    hours: tuple[dict[str, Any], ...] = (),
    orders: tuple[dict[str, Any], ...] = (),
    shifts: tuple[dict[str, Any], ...] = (SHIFT,),
) -> pl.DataFrame:
    built = oee_daily(
        rows(MachineHourly, *hours),
        rows(ProductionOrders, *orders),
        rows(Shifts, *shifts),
        rows(Downtimes),
        rows(Machines, MACHINE),
        rows(Factories, FACTORY),
    )
    return OeeDaily.validate(built.collect(), cast=True).sort("machine_id", "day")


def test_the_ratios_are_those_of_iso_22400() -> None:
    day = oee(
        (hour(6, producing_s=3000, setup_s=600), hour(7, producing_s=3000, down_s=400)),
        (order(100, 90, 8, 30.0), order(50, 45, 5, 24.0)),
    ).row(0, named=True)

    assert (day["pbt_s"], day["apt_s"], day["asut_s"], day["adet_s"]) == (28800, 6000, 600, 400)
    assert (day["produced_quantity"], day["good_quantity"], day["scrap_quantity"]) == (150, 135, 13)
    assert day["planned_run_time_s"] == 30 * 100 + 24 * 50
    assert day["availability"] == pytest.approx(6000 / 28800)
    assert day["effectiveness"] == pytest.approx(4200 / 6000)
    assert day["quality_ratio"] == pytest.approx(135 / 150)
    assert day["oee"] == pytest.approx(6000 / 28800 * 4200 / 6000 * 135 / 150)
    assert day["scrap_ratio"] == pytest.approx(13 / 150)
    assert day["utilization_efficiency"] == pytest.approx(6000 / 7000)
    assert day["technical_efficiency"] == pytest.approx(6000 / 6400)


def test_a_planned_day_without_work_has_zeros_and_no_ratios() -> None:
    day = oee().row(0, named=True)

    assert (day["pbt_s"], day["apt_s"], day["produced_quantity"]) == (28800, 0, 0)
    assert (day["availability"], day["effectiveness"], day["quality_ratio"]) == (0, None, None)
    assert (day["oee"], day["scrap_ratio"], day["utilization_efficiency"]) == (None, None, None)


def test_work_on_a_day_without_shift_has_no_row() -> None:
    assert oee((hour(6, producing_s=60),), (order(1, 1, 0, 1.0),), shifts=()).is_empty()


def test_an_order_that_still_runs_has_no_pieces_yet() -> None:
    day = oee(orders=(order(10, 10, 0, 1.0, ended_at=None), order(5, 5, 0, 1.0)))

    assert day["produced_quantity"].to_list() == [5]


def test_readings_without_orders_give_no_quality() -> None:
    day = oee((hour(6, producing_s=60),)).row(0, named=True)

    assert (day["effectiveness"], day["quality_ratio"], day["oee"]) == (0, None, None)
    assert day["technical_efficiency"] == 1
