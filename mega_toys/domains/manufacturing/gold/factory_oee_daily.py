"""How well each factory was used, day by day."""

import dataframely as dy
import polars as pl

from mega_toys.declared.contract import Check, Contract
from mega_toys.declared.table import ByDay
from mega_toys.domains.agreement import disagreements, summed
from mega_toys.domains.figures import added, total
from mega_toys.domains.manufacturing.columns import business_day
from mega_toys.domains.manufacturing.gold.oee_daily import OeeDaily
from mega_toys.domains.manufacturing.oee import QUANTITIES, TIMES, Oee, with_ratios


class FactoryOeeDaily(Oee):
    """One factory on one day that a shift of it reaches, summed over its machines."""

    factory_id = dy.String(primary_key=True, description="The factory.")
    day = business_day(primary_key=True)


def factory_oee_daily(machines: dy.LazyFrame[OeeDaily]) -> pl.LazyFrame:
    """Sum the elements, then divide: a machine counts by what it was planned to do."""
    factories = machines.group_by(FactoryOeeDaily.primary_key())
    return with_ratios(factories.agg(added(pl.col(*TIMES)), total(pl.col(*QUANTITIES))))


def factories_that_differ_from_their_machines(
    factories: dy.LazyFrame[FactoryOeeDaily], machines: dy.LazyFrame[OeeDaily]
) -> pl.LazyFrame:
    """Taken together, the factories of a day did what its machines did."""
    elements = {name: summed(name) for name in (*TIMES, *QUANTITIES)}
    return disagreements(factories, machines, ["day"], elements)


TABLE = ByDay(
    rows=FactoryOeeDaily,
    build=factory_oee_daily,
    checks=(Check(finds=factories_that_differ_from_their_machines, blocks=True),),
    contract=Contract(
        owner="manufacturing-analytics",
        published=True,
        purpose="To compare factories and days by ISO 22400-2.",
        limitations="A ratio of several days is not the mean of the days' ratios: sum times and "
        "quantities first, then divide.",
    ),
)
