"""The wholesale invoices of the warehouse."""

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.source import Mark, System
from mega_toys.declared.table import Bronze


class ReceivedSalesLedger(sent.Received):
    """One version of a line of an invoice or credit note, as received."""

    entry_id = sent.text()
    invoice_id = sent.text()
    line_no = sent.whole()
    posted_at = sent.time()
    account_id = sent.text()
    sku = sent.text()
    quantity = sent.whole(1)
    unit_price = sent.money(0)
    discount = sent.money(0, optional=True)
    currency = sent.text(letters=3)
    kind = sent.text("invoice", "credit_note")
    updated_at = sent.time()


TABLE = Bronze(
    rows=ReceivedSalesLedger,
    dataset=Dataset(
        key=("entry_id",),
        business_time=("posted_at",),
        sequence="updated_at",
        source=System("dw", "dw.sales_ledger", Mark("updated_at")),
    ),
    contract=Contract(
        owner="finance-data", readers=frozenset({"engineer"}), privacy="confidential"
    ),
)
