"""The orders of the manufacturing execution system."""

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.source import Mark, System
from mega_toys.declared.table import Bronze


class ReceivedProductionOrders(sent.Received):
    """One version of a production order, as received."""

    order_id = sent.text()
    factory_id = sent.text()
    machine_id = sent.text()
    sku = sent.text()
    lot_id = sent.text()
    planned_run_time_per_item_s = sent.number(more_than=0)
    started_at = sent.time()
    ended_at = sent.time(optional=True)
    produced_quantity = sent.whole(0)
    good_quantity = sent.whole(0)
    scrap_quantity = sent.whole(0)
    rework_quantity = sent.whole(0)
    updated_at = sent.time()


TABLE = Bronze(
    rows=ReceivedProductionOrders,
    dataset=Dataset(
        key=("order_id",),
        business_time=("ended_at", "started_at"),
        sequence="updated_at",
        source=System("mes", "mes.production_orders", Mark("updated_at")),
    ),
    contract=Contract(owner="manufacturing-data", readers=frozenset({"engineer"})),
)
