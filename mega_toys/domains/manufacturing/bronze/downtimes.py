"""The stops of machines that the manufacturing execution system notes."""

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.source import Mark, System
from mega_toys.declared.table import Bronze


class ReceivedDowntimes(sent.Received):
    """One version of a machine's stop, as received."""

    downtime_id = sent.text()
    factory_id = sent.text()
    machine_id = sent.text()
    kind = sent.text("planned", "malfunction", "minor_stop")
    reason = sent.text(optional=True)
    started_at = sent.time()
    ended_at = sent.time(optional=True)
    updated_at = sent.time()


TABLE = Bronze(
    rows=ReceivedDowntimes,
    dataset=Dataset(
        key=("downtime_id",),
        business_time=("started_at",),
        sequence="updated_at",
        source=System("mes", "mes.downtimes", Mark("updated_at")),
    ),
    contract=Contract(owner="manufacturing-data", readers=frozenset({"engineer"})),
)
