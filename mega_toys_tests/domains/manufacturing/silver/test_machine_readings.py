import datetime as dt

import polars as pl

from mega_toys.domains.manufacturing.silver.machine_readings import machine_readings


def test_the_hour_is_what_the_clock_of_the_factory_showed() -> None:
    local = dt.datetime(2026, 3, 10, 23, 59, 59, 999_999)  # noqa: DTZ001, on a local clock
    received = pl.LazyFrame({"_local": [local]})

    assert machine_readings(received).collect()["hour"].to_list() == [23]  # type: ignore[arg-type]
