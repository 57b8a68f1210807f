"""The register of factories."""

import datetime as dt

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.table import Bronze


class ReceivedFactories(sent.Received):
    """One version of a factory's record, as received."""

    factory_id = sent.text()
    name = sent.text()
    country = sent.text(letters=2)
    time_zone = sent.text(is_time_zone=True)
    currency = sent.text(letters=3)
    updated_at = sent.time()


TABLE = Bronze(
    rows=ReceivedFactories,
    dataset=Dataset(key=("factory_id",), sequence="updated_at"),
    contract=Contract(
        owner="manufacturing-data",
        readers=frozenset({"engineer"}),
        fresh_within=dt.timedelta(days=35),
    ),
)
