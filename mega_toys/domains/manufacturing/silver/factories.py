"""The factories in all their versions."""

import datetime as dt

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Check, Contract
from mega_toys.declared.table import History
from mega_toys.domains.manufacturing.bronze.factories import ReceivedFactories


class Factories(columns.Versioned):
    """One version of a factory's record."""

    factory_id = dy.String(primary_key=True, description="Code of the factory.")
    name = dy.String(description="What the factory is called.")
    country = dy.String(description="Country, ISO 3166-1 alpha-2.")
    time_zone = dy.String(description="IANA time zone, which sets the factory's business days.")
    currency = dy.String(description="Currency of the factory's books, ISO 4217.")
    updated_at = columns.instant(description="When the register changed.")


def factories(received: dy.LazyFrame[ReceivedFactories]) -> pl.LazyFrame:
    """A factory is kept as received."""
    return received


def factories_whose_time_zone_changed(factories: dy.LazyFrame[Factories]) -> pl.LazyFrame:
    """All its business days are other ones now: what is made of them is being built anew.

    Told of the versions that came last.
    """
    before = pl.col("time_zone").shift().over("factory_id", order_by="valid_from")
    versions = factories.with_columns(time_zone_before=before)
    came_last = pl.col("_ingested_at") == pl.col("_ingested_at").max()
    changed = versions.filter(came_last, pl.col("time_zone") != pl.col("time_zone_before"))
    return changed.select("factory_id", "time_zone_before", "time_zone", "valid_from")


TABLE = History(
    rows=Factories,
    received_from=ReceivedFactories,
    build=factories,
    checks=(Check(finds=factories_whose_time_zone_changed),),
    contract=Contract(
        owner="manufacturing-data", published=True, fresh_within=dt.timedelta(days=35)
    ),
)
