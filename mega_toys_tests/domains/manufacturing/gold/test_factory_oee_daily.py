import datetime as dt
from typing import Any

import polars as pl
import pytest

from mega_toys.domains.manufacturing.gold.factory_oee_daily import (
    FactoryOeeDaily,
    factory_oee_daily,
)
from mega_toys.domains.manufacturing.gold.oee_daily import OeeDaily
from mega_toys_tests.domains.rows import rows

DAY = dt.date(2026, 3, 10)


def machine(machine_id: str, factory_id: str = "F1", **elements: Any) -> dict[str, Any]:
    times = dict.fromkeys(("pbt_s", "apt_s", "asut_s", "adet_s", "planned_run_time_s"), 0.0)
    sorts = ("produced_quantity", "good_quantity", "scrap_quantity", "rework_quantity")
    key = {"machine_id": machine_id, "factory_id": factory_id, "day": DAY}
    return {**key, **times, **dict.fromkeys(sorts, 0), **elements}


def factories(*machines: dict[str, Any]) -> pl.DataFrame:
    built = factory_oee_daily(rows(OeeDaily, *machines)).collect()
    return FactoryOeeDaily.validate(built, cast=True).sort("factory_id")


def test_elements_are_summed_before_they_are_divided() -> None:
    found = factories(
        machine("M1", pbt_s=100.0, apt_s=100.0, produced_quantity=1, good_quantity=1),
        machine("M2", pbt_s=300.0, apt_s=100.0, produced_quantity=9, good_quantity=4),
        machine("M3", "F2", pbt_s=10.0, apt_s=5.0),
    )

    assert found.select("factory_id", "availability", "quality_ratio").rows() == [
        ("F1", pytest.approx(200 / 400), pytest.approx(5 / 10)),
        ("F2", pytest.approx(0.5), None),
    ]


def test_without_machines_there_are_no_factories() -> None:
    assert factories().is_empty()
