"""The production orders, each in its newest version."""

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import Current
from mega_toys.domains.manufacturing.bronze.production_orders import ReceivedProductionOrders
from mega_toys.domains.manufacturing.columns import business_day, pieces
from mega_toys.domains.manufacturing.rules import ended_after_started
from mega_toys.domains.manufacturing.silver.factories import Factories
from mega_toys.domains.manufacturing.silver.machines import Machines


class ProductionOrders(columns.Accepted):
    """One order to make a lot of one toy on one machine."""

    day = business_day()
    order_id = dy.String(primary_key=True, description="Number of the order.")
    factory_id = dy.String(description="The factory.")
    machine_id = dy.String(description="The machine that makes it.")
    sku = dy.String(description="The toy that is made.")
    lot_id = dy.String(description="The lot that the pieces belong to.")
    planned_run_time_per_item_s = dy.Float64(description="PRI of ISO 22400-2, seconds.")
    started_at = columns.instant(description="When the order was begun.")
    ended_at = columns.instant(nullable=True, description="Null while the order runs.")
    produced_quantity = pieces("Produced")
    good_quantity = pieces("Good")
    scrap_quantity = pieces("Scrap")
    rework_quantity = pieces("To be reworked")
    updated_at = columns.instant(description="When the order's record changed.")


def production_orders(received: dy.LazyFrame[ReceivedProductionOrders]) -> pl.LazyFrame:
    """An order is kept as received."""
    return received


def quantities_add_up() -> pl.Expr:
    """Every piece produced is good, scrap or to be reworked; counted beyond 64 bits."""
    sorts = [pl.col(f"{sort}_quantity").cast(pl.Int128) for sort in ("good", "scrap", "rework")]
    return pl.sum_horizontal(sorts, ignore_nulls=False) == pl.col("produced_quantity")


TABLE = Current(
    rows=ProductionOrders,
    received_from=ReceivedProductionOrders,
    build=production_orders,
    known={"factory_id": Factories, "machine_id": Machines},
    zone_of="factory_id",
    rules=(quantities_add_up, ended_after_started),
    contract=Contract(owner="manufacturing-data", published=True),
)
