"""When the factories plan to run, in the newest version."""

import datetime as dt

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import Reference
from mega_toys.domains.manufacturing.bronze.shifts import ReceivedShifts
from mega_toys.domains.manufacturing.silver.factories import Factories

LONGEST_SHIFT = dt.timedelta(hours=12)


class Shifts(columns.Accepted):
    """One planned shift of a factory."""

    factory_id = dy.String(primary_key=True, description="The factory.")
    day = dy.Date(primary_key=True, description="Day that the plan books the shift on.")
    shift = dy.String(primary_key=True, description="early, late or night.")
    starts_at = columns.instant(description="When the shift begins.")
    ends_at = columns.instant(description="When the shift ends.")
    updated_at = columns.instant(description="When the plan changed.")


def shifts(received: dy.LazyFrame[ReceivedShifts]) -> pl.LazyFrame:
    """A shift is kept as received."""
    return received


def ends_at_is_valid() -> pl.Expr:
    """A shift takes some time, and nobody plans more than twelve hours of it."""
    length = pl.col("ends_at") - pl.col("starts_at")
    return (length > dt.timedelta()) & (length <= LONGEST_SHIFT)


TABLE = Reference(
    by_day=True,
    rows=Shifts,
    received_from=ReceivedShifts,
    build=shifts,
    known={"factory_id": Factories},
    rules=(ends_at_is_valid,),
    contract=Contract(owner="manufacturing-data", fresh_within=dt.timedelta(days=8)),
)
