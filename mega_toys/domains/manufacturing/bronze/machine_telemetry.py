"""The readings that machines send of themselves."""

import datetime as dt

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.source import System, Topic
from mega_toys.declared.table import Bronze


class ReceivedTelemetry(sent.Received):
    """One reading of a machine's sensors, as received."""

    event_id = sent.text(longest=64)
    factory_id = sent.text()
    machine_id = sent.text()
    ts = sent.time()
    temperature_c = sent.number(-40, 250, optional=True)
    vibration_mm_s = sent.number(0, 200, optional=True)
    power_kw = sent.number(0, 1000, optional=True)
    cycle_count = sent.whole(0, optional=True)
    status = sent.text("producing", "setup", "idle", "down", "off")


TABLE = Bronze(
    rows=ReceivedTelemetry,
    dataset=Dataset(
        key=("event_id",),
        business_time=("ts",),
        source=System("iot", "iot.machine_telemetry", Topic()),
    ),
    contract=Contract(
        owner="manufacturing-data",
        readers=frozenset({"engineer"}),
        fresh_within=dt.timedelta(hours=2),
    ),
)
