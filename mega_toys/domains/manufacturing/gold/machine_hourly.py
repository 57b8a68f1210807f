"""What each machine did hour by hour."""

import datetime as dt
from typing import Annotated

import dataframely as dy
import polars as pl

from mega_toys.declared.contract import Check, Contract
from mega_toys.declared.extents import Whole
from mega_toys.declared.table import ByDay
from mega_toys.domains.agreement import disagreements
from mega_toys.domains.figures import added, averaged, total
from mega_toys.domains.manufacturing.columns import business_day
from mega_toys.domains.manufacturing.held_time import with_held_time
from mega_toys.domains.manufacturing.silver.machine_readings import MachineReadings
from mega_toys.domains.manufacturing.silver.machines import Machines

SECOND_US = 1_000_000
HOUR_S = 3600
LONGEST_DAY_S = 24 * HOUR_S * 1.05  # clocks are put back by an hour
STATUSES = ("producing", "setup", "idle", "down", "off")


class MachineHourly(dy.Schema):
    """One machine in one hour of a day in which it sent readings."""

    machine_id = dy.String(primary_key=True, description="The machine.")
    day = business_day(primary_key=True)
    hour = dy.Int64(primary_key=True, min=0, max=23, description="Hour on the factory's clock.")
    readings = dy.Int64(description="Readings sent.")
    temperature_c_mean = dy.Float64(nullable=True, description="Mean temperature, °C.")
    temperature_c_min = dy.Float64(nullable=True, description="Lowest temperature, °C.")
    temperature_c_max = dy.Float64(nullable=True, description="Highest temperature, °C.")
    temperature_c_p95 = dy.Float64(nullable=True, description="95 % of readings are below, °C.")
    vibration_mm_s_mean = dy.Float64(nullable=True, description="Mean vibration velocity, mm/s.")
    vibration_mm_s_min = dy.Float64(nullable=True, description="Lowest vibration velocity, mm/s.")
    vibration_mm_s_max = dy.Float64(nullable=True, description="Highest vibration velocity, mm/s.")
    vibration_mm_s_p95 = dy.Float64(nullable=True, description="95 % of readings are below, mm/s.")
    energy_kwh = dy.Float64(description="Electric energy used, kWh.")
    producing_s = dy.Float64(description="Time producing, s.")
    setup_s = dy.Float64(description="Time being set up, s.")
    idle_s = dy.Float64(description="Time idle, s.")
    down_s = dy.Float64(description="Time down, s.")
    off_s = dy.Float64(description="Time switched off, s.")
    cycles = dy.Int64(description="Cycles that its counter counted.")


def machine_hourly(readings: dy.LazyFrame[MachineReadings]) -> pl.LazyFrame:
    """A reading's time counts wholly for its own status and hour, so that each second is once."""
    held_s = pl.col("held_us") / SECOND_US
    spent = {
        f"{status}_s": pl.col("held_us").filter(pl.col("status") == status).sum() / SECOND_US
        for status in STATUSES
    }
    return (
        with_held_time(readings)
        .group_by(MachineHourly.primary_key())
        .agg(
            pl.len().cast(pl.Int64).alias("readings"),
            *_spread("temperature_c"),
            *_spread("vibration_mm_s"),
            energy_kwh=added(pl.col("power_kw").fill_null(0) * held_s) / HOUR_S,
            cycles=total(pl.col("cycles")),
            **spent,
        )
    )


def _spread(name: str) -> list[pl.Expr]:
    measured = pl.col(name)
    return [
        averaged(measured).alias(f"{name}_mean"),
        measured.min().alias(f"{name}_min"),
        measured.max().alias(f"{name}_max"),
        measured.sort().quantile(0.95, interpolation="linear").alias(f"{name}_p95"),
    ]


def readings_that_name_another_factory_than_their_machine(
    readings: dy.LazyFrame[MachineReadings], machines: Annotated[dy.LazyFrame[Machines], Whole()]
) -> pl.LazyFrame:
    """A machine was moved without a word, or its readings are labelled wrong."""
    home = machines.filter("is_current").select("machine_id", machines_factory_id="factory_id")
    named = readings.group_by("day", "machine_id", "factory_id").agg(readings=pl.len())
    others = named.join(home, on="machine_id").filter(
        pl.col("factory_id") != pl.col("machines_factory_id")
    )
    return others.select("day", "machine_id", "factory_id", "machines_factory_id", "readings")


def machine_days_that_differ_from_the_readings(
    hours: dy.LazyFrame[MachineHourly], readings: dy.LazyFrame[MachineReadings]
) -> pl.LazyFrame:
    """Every reading is counted in one hour of its machine."""
    return disagreements(hours, readings, ["machine_id", "day"], {"readings": pl.len()})


def machines_busy_for_longer_than_a_day(hours: dy.LazyFrame[MachineHourly]) -> pl.LazyFrame:
    """Time was counted twice, or one machine's readings come from two factories."""
    spent = pl.sum_horizontal(f"{status}_s" for status in STATUSES)
    days = hours.group_by("machine_id", "day").agg(spent_s=spent.sum())
    return days.filter(pl.col("spent_s") > LONGEST_DAY_S)


TABLE = ByDay(
    rows=MachineHourly,
    build=machine_hourly,
    checks=(
        Check(finds=readings_that_name_another_factory_than_their_machine),
        Check(finds=machine_days_that_differ_from_the_readings, blocks=True),
        Check(finds=machines_busy_for_longer_than_a_day),
    ),
    contract=Contract(
        owner="manufacturing-analytics",
        version="1.0.1",
        published=True,
        fresh_within=dt.timedelta(hours=3),
        purpose="To watch machines for what wears out, and to see where energy goes.",
        limitations="Times are told by readings, each of which holds for a minute at most: a "
        "machine that sends none has no row.",
    ),
)
