"""What visitors do in the web shop."""

import datetime as dt

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import Events
from mega_toys.domains.commerce.bronze.web_events import ReceivedWebEvents
from mega_toys.domains.commerce.columns import business_day, client_id, currency, customer_id
from mega_toys.domains.commerce.silver.customers import Customers
from mega_toys.domains.commerce.silver.products import Products


class WebEvents(dy.Schema):
    """One event of a visitor, named as in Google Analytics 4."""

    day = business_day(primary_key=True)
    event_id = dy.String(primary_key=True, description="Number of the event.")
    client_id = client_id()
    customer_id = customer_id(nullable=True)
    ts = columns.instant(description="When it happened.")
    event_name = dy.String(description="What the visitor did: page_view, add_to_cart, …")
    page = dy.String(nullable=True, description="Page on which it happened.")
    sku = dy.String(nullable=True, description="The toy that it is about.")
    quantity = dy.Int64(nullable=True, description="Pieces.")
    value = columns.money(nullable=True, description="Value of the event, in its currency.")
    currency = currency(nullable=True)
    transaction_id = dy.String(nullable=True, description="The order_id, on purchase.")
    device = dy.String(description="desktop, mobile or tablet.")
    utm_source = dy.String(nullable=True, description="The campaign that brought the visitor.")
    _landed_on = dy.Date(description="Landing day of the accepted record.")


def web_events(received: dy.LazyFrame[ReceivedWebEvents]) -> pl.LazyFrame:
    """An event is kept as received."""
    return received


TABLE = Events(
    rows=WebEvents,
    received_from=ReceivedWebEvents,
    build=web_events,
    refers={"sku": Products, "customer_id": Customers},
    contract=Contract(
        owner="commerce-data", privacy="confidential", fresh_within=dt.timedelta(hours=2)
    ),
)
