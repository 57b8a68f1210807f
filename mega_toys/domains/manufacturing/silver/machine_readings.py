"""What the machines' sensors read."""

import datetime as dt

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import Events
from mega_toys.domains.manufacturing.bronze.machine_telemetry import ReceivedTelemetry
from mega_toys.domains.manufacturing.columns import business_day
from mega_toys.domains.manufacturing.silver.factories import Factories
from mega_toys.domains.manufacturing.silver.machines import Machines


class MachineReadings(dy.Schema):
    """One reading of a machine's sensors."""

    day = business_day(primary_key=True)
    event_id = dy.String(primary_key=True, description="Number of the reading.")
    factory_id = dy.String(description="The factory.")
    machine_id = dy.String(description="The machine.")
    ts = columns.instant(description="When it was read.")
    hour = dy.Int64(min=0, max=23, description="Hour of the reading on the factory's clock.")
    temperature_c = dy.Float64(nullable=True, description="Temperature, degrees Celsius.")
    vibration_mm_s = dy.Float64(nullable=True, description="Vibration velocity, mm/s.")
    power_kw = dy.Float64(nullable=True, description="Electric power drawn, kW.")
    cycle_count = dy.Int64(nullable=True, description="Cycles since the counter last restarted.")
    status = dy.String(description="producing, setup, idle, down or off.")
    _landed_on = dy.Date(description="Landing day of the accepted record.")


def machine_readings(received: dy.LazyFrame[ReceivedTelemetry]) -> pl.LazyFrame:
    """A reading is kept as received, with the hour that the factory's clock showed."""
    return received.with_columns(hour=pl.col("_local").dt.hour().cast(pl.Int64))


TABLE = Events(
    rows=MachineReadings,
    received_from=ReceivedTelemetry,
    build=machine_readings,
    known={"factory_id": Factories, "machine_id": Machines},
    zone_of="factory_id",
    contract=Contract(owner="manufacturing-data", fresh_within=dt.timedelta(hours=2)),
)
