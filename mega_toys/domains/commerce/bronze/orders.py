"""The orders of the web shop, nested."""

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.sent_as import SentAs
from mega_toys.declared.source import Mark, System
from mega_toys.declared.table import Bronze


class ReceivedOrders(sent.Received):
    """One version of an order with its items, as received."""

    order_id = sent.text()
    customer_id = sent.text()
    placed_at = sent.time()
    updated_at = sent.time()
    status = sent.text("placed", "paid", "shipped", "delivered", "cancelled", "returned")
    currency = sent.text(letters=3)
    country = sent.text(letters=2)
    channel = sent.text("web", "app", "marketplace")
    items = sent.items(
        line_no=sent.whole(),
        sku=sent.text(),
        quantity=sent.whole(1),
        unit_price=sent.money(0),
        discount=sent.money(0, optional=True),
    )
    shipping = sent.record(
        optional=True,
        personal=True,
        full_name=sent.text(),
        street=sent.text(),
        postcode=sent.text(),
        city=sent.text(),
        country=sent.text(letters=2),
    )
    payment = sent.record(
        optional=True,
        personal=True,
        method=sent.text(),
        card_last4=sent.text(optional=True),
    )


TABLE = Bronze(
    rows=ReceivedOrders,
    dataset=Dataset(
        key=("order_id",),
        business_time=("placed_at",),
        sequence="updated_at",
        source=System("shop", "shop.orders", Mark("updated_at")),
        sent_as={"shop.*.ndjson": SentAs(names={"_id": "order_id"})},  # documents of MongoDB
    ),
    contract=Contract(owner="commerce-data", readers=frozenset({"engineer"}), privacy="personal"),
)
