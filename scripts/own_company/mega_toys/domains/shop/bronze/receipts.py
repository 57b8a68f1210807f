"""The receipts of the tills."""

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.source import Files
from mega_toys.declared.table import Bronze


class ReceivedReceipts(sent.Received):
    """One version of a receipt, as received."""

    receipt_id = sent.text()
    article = sent.text()
    quantity = sent.whole(1)
    price_eur = sent.money(0)
    paid_eur = sent.money(0)
    sold_at = sent.time()
    updated_at = sent.time()


TABLE = Bronze(
    rows=ReceivedReceipts,
    dataset=Dataset(
        key=("receipt_id",),
        business_time=("sold_at",),
        sequence="updated_at",
        source=Files("tills"),
    ),
    contract=Contract(owner="shop-data", readers=frozenset({"engineer"})),
)
