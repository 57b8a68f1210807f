"""The factories in all their versions."""

import dataframely as dy
import polars as pl

from mega_toys.domains.manufacturing.bronze.factories import ReceivedFactories
from mega_toys.lake import columns
from mega_toys.lake.table import Contract, Kind, Table


class Factories(columns.Versioned):
    """One version of a factory's record."""

    factory_id = dy.String(primary_key=True)
    name = dy.String()
    country = dy.String(description="Country, ISO 3166-1 alpha-2.")
    time_zone = dy.String(description="IANA time zone, which sets the factory's business days.")
    currency = dy.String(description="Currency of the factory's books, ISO 4217.")
    updated_at = columns.instant(description="When the register changed.")


def factories(received: dy.LazyFrame[ReceivedFactories]) -> pl.LazyFrame:
    """A factory is kept as received."""
    return received


TABLE = Table(
    rows=Factories,
    kind=Kind.HISTORY,
    build=factories,
    contract=Contract(owner="manufacturing-data", published=True),
)
