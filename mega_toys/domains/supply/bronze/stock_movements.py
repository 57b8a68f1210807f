"""What came into the warehouses and left them."""

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.source import Mark, System
from mega_toys.declared.table import Bronze


class ReceivedStockMovements(sent.Received):
    """One version of a stock movement, as received."""

    movement_id = sent.text()
    sku = sent.text()
    warehouse_id = sent.text()
    kind = sent.text("receipt", "shipment", "return", "adjustment")
    quantity = sent.whole()
    lot_id = sent.text(optional=True)
    order_id = sent.text(optional=True)
    moved_at = sent.time()
    updated_at = sent.time()


TABLE = Bronze(
    rows=ReceivedStockMovements,
    dataset=Dataset(
        key=("movement_id",),
        business_time=("moved_at",),
        sequence="updated_at",
        source=System("erp", "erp.stock_movements", Mark("updated_at")),
    ),
    contract=Contract(owner="supply-data", readers=frozenset({"engineer"})),
)
