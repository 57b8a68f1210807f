"""The customers of the web shop."""

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.sent_as import SentAs
from mega_toys.declared.source import Mark, System
from mega_toys.declared.table import Bronze


class ReceivedCustomers(sent.Received):
    """One version of a customer's record, as received."""

    customer_id = sent.text()
    email = sent.text(personal=True)
    full_name = sent.text(personal=True)
    phone = sent.text(optional=True, personal=True)
    birth_date = sent.date(optional=True, personal=True)
    country = sent.text(letters=2)
    signed_up_at = sent.time()
    marketing_consent = sent.flag()
    updated_at = sent.time()


TABLE = Bronze(
    rows=ReceivedCustomers,
    dataset=Dataset(
        key=("customer_id",),
        sequence="updated_at",
        source=System("shop", "shop.customers", Mark("updated_at")),
        sent_as={"shop.*.ndjson": SentAs(names={"_id": "customer_id"})},  # documents of MongoDB
    ),
    contract=Contract(owner="commerce-data", readers=frozenset({"engineer"}), privacy="personal"),
)
