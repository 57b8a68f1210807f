"""When the factories plan to run."""

import datetime as dt

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.table import Bronze


class ReceivedShifts(sent.Received):
    """One version of a planned shift of a factory, as received."""

    factory_id = sent.text()
    day = sent.date()
    shift = sent.text("early", "late", "night")
    starts_at = sent.time()
    ends_at = sent.time()
    updated_at = sent.time()


TABLE = Bronze(
    rows=ReceivedShifts,
    dataset=Dataset(key=("factory_id", "day", "shift"), sequence="updated_at"),
    contract=Contract(
        owner="manufacturing-data",
        readers=frozenset({"engineer"}),
        fresh_within=dt.timedelta(days=8),
    ),
)
