"""The machines in all their versions."""

import datetime as dt

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import History
from mega_toys.domains.manufacturing.bronze.machines import ReceivedMachines
from mega_toys.domains.manufacturing.silver.factories import Factories


class Machines(columns.Versioned):
    """One version of a machine's record."""

    machine_id = dy.String(primary_key=True, description="Number of the machine.")
    factory_id = dy.String(description="The factory that it stands in.")
    line_id = dy.String(description="Production line that the machine belongs to.")
    model = dy.String(description="Model, as its maker calls it.")
    commissioned_on = dy.Date(description="First day on which the machine counts.")
    updated_at = columns.instant(description="When the register changed.")


def machines(received: dy.LazyFrame[ReceivedMachines]) -> pl.LazyFrame:
    """A machine is kept as received."""
    return received


TABLE = History(
    rows=Machines,
    received_from=ReceivedMachines,
    build=machines,
    known={"factory_id": Factories},
    contract=Contract(
        owner="manufacturing-data", published=True, fresh_within=dt.timedelta(days=35)
    ),
)
