"""What a toy costs to make, as controlling sets it."""

import datetime as dt

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.table import Bronze


class ReceivedStandardCosts(sent.Received):
    """One version of a toy's standard cost from a day on, as received."""

    sku = sent.text()
    effective_from = sent.date()
    material_eur = sent.money(0)
    labour_eur = sent.money(0)
    overhead_eur = sent.money(0)
    updated_at = sent.time()


TABLE = Bronze(
    rows=ReceivedStandardCosts,
    dataset=Dataset(key=("sku", "effective_from"), sequence="updated_at"),
    contract=Contract(
        owner="finance-data",
        readers=frozenset({"engineer"}),
        privacy="confidential",
        fresh_within=dt.timedelta(days=35),
    ),
)
