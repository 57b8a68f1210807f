"""What a euro is worth, in the newest version."""

import datetime as dt

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import Reference
from mega_toys.domains.finance.bronze.exchange_rates import ReceivedExchangeRates


class ExchangeRates(columns.Accepted):
    """The rate of one currency on one banking day; there is none on weekends."""

    day = dy.Date(primary_key=True, description="Banking day.")
    currency = dy.String(primary_key=True, description="Currency, ISO 4217.")
    units_per_eur = dy.Float64(
        min_exclusive=0, description="Units of the currency that one euro buys."
    )
    updated_at = columns.instant(description="When the rate was published or corrected.")


def exchange_rates(received: dy.LazyFrame[ReceivedExchangeRates]) -> pl.LazyFrame:
    """A rate is kept as received."""
    return received


TABLE = Reference(
    by_day=True,
    rows=ExchangeRates,
    received_from=ReceivedExchangeRates,
    build=exchange_rates,
    contract=Contract(
        owner="finance-data",
        readers=frozenset({"engineer", "analyst", "finance"}),
        published=True,
        fresh_within=dt.timedelta(days=5),
    ),
)
