"""The catalogue, a full export at each delivery."""

import datetime as dt

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.table import Bronze


class ReceivedProducts(sent.Received):
    """One version of a toy in the catalogue, as received."""

    sku = sent.text()
    name = sent.text()
    category = sent.text()
    age_min = sent.whole(0, 18)
    list_price_eur = sent.money(0)
    launched_on = sent.date()
    discontinued_on = sent.date(optional=True)
    updated_at = sent.time()


TABLE = Bronze(
    rows=ReceivedProducts,
    dataset=Dataset(key=("sku",), sequence="updated_at"),
    contract=Contract(
        owner="commerce-data", readers=frozenset({"engineer"}), fresh_within=dt.timedelta(days=8)
    ),
)
