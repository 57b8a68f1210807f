"""The clicks of visitors, with the names of Google Analytics 4."""

import datetime as dt

from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.source import System, Topic
from mega_toys.declared.table import Bronze


class ReceivedWebEvents(sent.Received):
    """One event of a visitor, as received."""

    event_id = sent.text()
    client_id = sent.text()
    customer_id = sent.text(optional=True)
    ts = sent.time()
    event_name = sent.text(
        "page_view",
        "view_item_list",
        "select_item",
        "view_item",
        "add_to_cart",
        "remove_from_cart",
        "view_cart",
        "begin_checkout",
        "add_shipping_info",
        "add_payment_info",
        "purchase",
    )
    page = sent.text(optional=True)
    sku = sent.text(optional=True)
    quantity = sent.whole(optional=True)
    value = sent.money(optional=True)
    currency = sent.text(letters=3, optional=True)
    transaction_id = sent.text(optional=True)
    device = sent.text("desktop", "mobile", "tablet")
    utm_source = sent.text(optional=True)


TABLE = Bronze(
    rows=ReceivedWebEvents,
    dataset=Dataset(
        key=("event_id",),
        business_time=("ts",),
        source=System("web", "web.events", Topic()),
    ),
    contract=Contract(
        owner="commerce-data",
        readers=frozenset({"engineer"}),
        privacy="confidential",
        fresh_within=dt.timedelta(hours=2),
    ),
)
