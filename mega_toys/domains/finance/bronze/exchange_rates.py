"""The rates of banking days."""

import datetime as dt

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.table import Bronze


class ReceivedExchangeRates(sent.Received):
    """One version of a currency's rate of a banking day, as received."""

    day = sent.date()
    currency = sent.text(letters=3)
    units_per_eur = sent.number(more_than=0)
    updated_at = sent.time()


TABLE = Bronze(
    rows=ReceivedExchangeRates,
    dataset=Dataset(key=("day", "currency"), sequence="updated_at"),
    contract=Contract(
        owner="finance-data", readers=frozenset({"engineer"}), fresh_within=dt.timedelta(days=5)
    ),
)
