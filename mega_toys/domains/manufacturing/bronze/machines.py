"""The register of machines."""

import datetime as dt

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.table import Bronze


class ReceivedMachines(sent.Received):
    """One version of a machine's record, as received."""

    machine_id = sent.text()
    factory_id = sent.text()
    line_id = sent.text()
    model = sent.text()
    commissioned_on = sent.date()
    updated_at = sent.time()


TABLE = Bronze(
    rows=ReceivedMachines,
    dataset=Dataset(key=("machine_id",), sequence="updated_at"),
    contract=Contract(
        owner="manufacturing-data",
        readers=frozenset({"engineer"}),
        fresh_within=dt.timedelta(days=35),
    ),
)
