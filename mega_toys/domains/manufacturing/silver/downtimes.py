"""The stops of machines, each in its newest version."""

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import Current
from mega_toys.domains.manufacturing.bronze.downtimes import ReceivedDowntimes
from mega_toys.domains.manufacturing.columns import business_day
from mega_toys.domains.manufacturing.rules import ended_after_started
from mega_toys.domains.manufacturing.silver.factories import Factories
from mega_toys.domains.manufacturing.silver.machines import Machines


class Downtimes(columns.Accepted):
    """One stop of a machine, planned or not."""

    day = business_day()
    downtime_id = dy.String(primary_key=True, description="Number of the stop.")
    factory_id = dy.String(description="The factory.")
    machine_id = dy.String(description="The machine that stopped.")
    kind = dy.String(description="planned, malfunction or minor_stop.")
    reason = dy.String(nullable=True, description="Why it stopped.")
    started_at = columns.instant(description="When it stopped.")
    ended_at = columns.instant(nullable=True, description="Null while the stop lasts.")
    updated_at = columns.instant(description="When the stop's record changed.")


def downtimes(received: dy.LazyFrame[ReceivedDowntimes]) -> pl.LazyFrame:
    """A stop is kept as received."""
    return received


TABLE = Current(
    rows=Downtimes,
    received_from=ReceivedDowntimes,
    build=downtimes,
    known={"factory_id": Factories, "machine_id": Machines},
    zone_of="factory_id",
    rules=(ended_after_started,),
    contract=Contract(owner="manufacturing-data"),
)
