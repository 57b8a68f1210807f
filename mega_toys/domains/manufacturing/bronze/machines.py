"""The register of machines."""

import datetime as dt

from mega_toys.declared import sent
from mega_toys.declared.table import Contract, Dataset, Kind, Table


class ReceivedMachines(sent.Received):
    """One version of a machine's record, as received."""

    machine_id = sent.text()
    factory_id = sent.text()
    line_id = sent.text()
    model = sent.text()
    commissioned_on = sent.date()
    updated_at = sent.time()


TABLE = Table(
    rows=ReceivedMachines,
    kind=Kind.BRONZE,
    dataset=Dataset(key=("machine_id",), sequence="updated_at"),
    contract=Contract(
        owner="manufacturing-data",
        readers=frozenset({"engineer"}),
        fresh_within=dt.timedelta(days=35),
    ),
)
