"""What a toy costs to make, in all versions."""

import datetime as dt

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import History
from mega_toys.domains.commerce.silver.products import Products
from mega_toys.domains.finance.bronze.standard_costs import ReceivedStandardCosts
from mega_toys.domains.finance.columns import confidential_money


class StandardCosts(columns.Versioned):
    """One version of what a toy costs from a day on, until the toy's next such day."""

    sku = dy.String(primary_key=True, description="The toy.")
    effective_from = dy.Date(primary_key=True, description="First day that the cost holds for.")
    material_eur = confidential_money("Material in a piece, EUR.")
    labour_eur = confidential_money("Labour in a piece, EUR.")
    overhead_eur = confidential_money("Overhead on a piece, EUR.")
    updated_at = columns.instant(description="When controlling set the cost.")


def standard_costs(received: dy.LazyFrame[ReceivedStandardCosts]) -> pl.LazyFrame:
    """A cost is kept as received."""
    return received


TABLE = History(
    rows=StandardCosts,
    received_from=ReceivedStandardCosts,
    build=standard_costs,
    refers={"sku": Products},
    contract=Contract(
        owner="finance-data",
        readers=frozenset({"engineer", "finance"}),
        privacy="confidential",
        fresh_within=dt.timedelta(days=35),
    ),
)
