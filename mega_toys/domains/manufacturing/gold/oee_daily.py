"""How well each machine was used, day by day."""

from typing import Annotated

import dataframely as dy
import polars as pl

from mega_toys.declared.contract import Check, Contract
from mega_toys.declared.extents import Touches
from mega_toys.declared.table import ByDay
from mega_toys.domains.agreement import disagreements, summed
from mega_toys.domains.figures import added, total
from mega_toys.domains.manufacturing import planned_days
from mega_toys.domains.manufacturing.busy_time import busy_time
from mega_toys.domains.manufacturing.columns import business_day
from mega_toys.domains.manufacturing.gold.machine_hourly import MachineHourly
from mega_toys.domains.manufacturing.oee import QUANTITIES, TIMES, Oee, with_ratios
from mega_toys.domains.manufacturing.silver.downtimes import Downtimes
from mega_toys.domains.manufacturing.silver.factories import Factories
from mega_toys.domains.manufacturing.silver.machines import Machines
from mega_toys.domains.manufacturing.silver.production_orders import ProductionOrders
from mega_toys.domains.manufacturing.silver.shifts import Shifts

MACHINE_AND_DAY = ["machine_id", "day"]


class OeeDaily(Oee):
    """One machine on one day that a shift of its factory reaches, by ISO 22400-2."""

    factory_id = dy.String(description="The machine's factory, by its newest version.")
    machine_id = dy.String(primary_key=True, description="The machine.")
    day = business_day(primary_key=True)


def oee_daily(
    hours: dy.LazyFrame[MachineHourly],
    orders: dy.LazyFrame[ProductionOrders],
    shifts: Annotated[dy.LazyFrame[Shifts], Touches(planned_days.days_of_shifts)],
    downtimes: Annotated[dy.LazyFrame[Downtimes], Touches(planned_days.days_of_downtimes)],
    machines: Annotated[dy.LazyFrame[Machines], Touches(planned_days.days_of_machines)],
    factories: Annotated[dy.LazyFrame[Factories], Touches(planned_days.days_of_factories)],
) -> pl.LazyFrame:
    """The plan says which machines and days there are; what was not done counts as nothing."""
    key = OeeDaily.primary_key()
    spent = hours.group_by(key).agg(
        apt_s=added(pl.col("producing_s")),
        asut_s=added(pl.col("setup_s")),
        adet_s=added(pl.col("down_s")),
    )
    planned_s = pl.col("planned_run_time_per_item_s") * pl.col("produced_quantity")
    made = orders.filter(pl.col("ended_at").is_not_null()).group_by(key)
    quantities = made.agg(total(pl.col(*QUANTITIES)), planned_run_time_s=added(planned_s))
    elements = (
        busy_time(shifts, downtimes, machines, factories)
        .join(spent, on=key, how="left")
        .join(quantities, on=key, how="left")
        .with_columns(pl.col(*TIMES, *QUANTITIES).fill_null(0))
    )
    return with_ratios(elements)


def times_that_differ_from_the_machine_hours(
    oee: dy.LazyFrame[OeeDaily], hours: dy.LazyFrame[MachineHourly]
) -> pl.LazyFrame:
    """A planned machine produced, was set up and stood still for as long as its hours say."""
    return disagreements(
        oee,
        _planned(hours, oee),
        by=MACHINE_AND_DAY,
        figures={
            "apt_s": summed("producing_s"),
            "asut_s": summed("setup_s"),
            "adet_s": summed("down_s"),
        },
    )


def quantities_that_differ_from_the_production_orders(
    oee: dy.LazyFrame[OeeDaily], orders: dy.LazyFrame[ProductionOrders]
) -> pl.LazyFrame:
    """A planned machine made what its orders that ended that day say."""
    ended = _planned(orders, oee).filter(pl.col("ended_at").is_not_null())
    made = {name: summed(name) for name in QUANTITIES}
    return disagreements(oee, ended, MACHINE_AND_DAY, made)


def _planned(rows: pl.LazyFrame, oee: dy.LazyFrame[OeeDaily]) -> pl.LazyFrame:
    return rows.join(oee, on=MACHINE_AND_DAY, how="semi")


TABLE = ByDay(
    rows=OeeDaily,
    build=oee_daily,
    checks=(
        Check(finds=times_that_differ_from_the_machine_hours, blocks=True),
        Check(finds=quantities_that_differ_from_the_production_orders, blocks=True),
    ),
    contract=Contract(
        owner="manufacturing-analytics",
        published=True,
        purpose="To find the machines that lose time, speed or quality, by ISO 22400-2.",
        limitations="A ratio of several days or machines is not the mean of theirs: sum times and "
        "quantities first, then divide.",
    ),
)
