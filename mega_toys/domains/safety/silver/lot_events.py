"""What went into what, as the factories tell it."""

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import Events
from mega_toys.domains.manufacturing.columns import business_day
from mega_toys.domains.manufacturing.silver.factories import Factories
from mega_toys.domains.safety.bronze.lot_events import ReceivedLotEvents
from mega_toys.domains.safety.columns import lots


class LotEvents(dy.Schema):
    """One event of a transformation: lots that went in, lots that came out, or both."""

    day = business_day(primary_key=True)
    event_id = dy.String(primary_key=True, description="Number of the event.")
    event_time = columns.instant(description="When it happened.")
    factory_id = dy.String(description="The factory.")
    transformation_id = dy.String(description="What events of the same transformation share.")
    input_quantity_list = lots("Lots that went in, and how much of each.")
    output_quantity_list = lots("Lots that came out, and how much of each.")


def lot_events(received: dy.LazyFrame[ReceivedLotEvents]) -> pl.LazyFrame:
    """An event is kept as received."""
    return received


def output_quantity_list_is_valid() -> pl.Expr:
    """Something went in, or something came out."""
    sides = pl.col("input_quantity_list", "output_quantity_list")
    return pl.any_horizontal(sides.list.len() > 0)


TABLE = Events(
    rows=LotEvents,
    received_from=ReceivedLotEvents,
    build=lot_events,
    known={"factory_id": Factories},
    zone_of="factory_id",
    rules=(output_quantity_list_is_valid,),
    contract=Contract(owner="safety-data"),
)
