"""The catalogue's toys in all their versions."""

import datetime as dt

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import History
from mega_toys.domains.commerce.bronze.products import ReceivedProducts


class Products(columns.Versioned):
    """One version of a toy in the catalogue."""

    sku = dy.String(primary_key=True, description="Number of the toy.")
    name = dy.String(description="What the toy is called.")
    category = dy.String(description="What sort of toy it is.")
    age_min = dy.Int64(min=0, max=18, description="Youngest age it is made for, years.")
    list_price_eur = columns.money(description="List price, EUR.")
    launched_on = dy.Date(description="First day on which it is sold.")
    discontinued_on = dy.Date(nullable=True, description="Null while the toy is sold.")
    updated_at = columns.instant(description="When the catalogue changed.")


def products(received: dy.LazyFrame[ReceivedProducts]) -> pl.LazyFrame:
    """A toy is kept as received."""
    return received


TABLE = History(
    rows=Products,
    received_from=ReceivedProducts,
    build=products,
    contract=Contract(owner="commerce-data", published=True, fresh_within=dt.timedelta(days=8)),
)
