"""The visits to the web shop."""

import datetime as dt
from typing import Annotated

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.extents import Days
from mega_toys.declared.table import ByDay
from mega_toys.domains.commerce.columns import business_day, client_id
from mega_toys.domains.commerce.silver.web_events import WebEvents

LONGEST_PAUSE = dt.timedelta(minutes=30)
SECOND_US = 1_000_000
COUNTED = {
    "page_views": "page_view",
    "view_items": "view_item",
    "add_to_carts": "add_to_cart",
    "begin_checkouts": "begin_checkout",
    "purchases": "purchase",
}


class Sessions(dy.Schema):
    """One visit: the events of a client without more than 30 minutes between them.

    A visit counts once, on the day of its first event; right for visits of up to 24 hours.
    """

    client_id = client_id(primary_key=True)
    started_at = dy.Datetime(
        primary_key=True, time_zone="UTC", time_unit="us", description="Time of the first event."
    )
    ended_at = columns.instant(description="Time of the last event.")
    duration_s = dy.Float64(description="From the first event to the last, s.")
    day = business_day()
    device = columns.choice(
        *("desktop", "mobile", "tablet"),
        description="Device of the first event: desktop, mobile or tablet.",
    )
    events = dy.Int64(description="Events in the visit.")
    page_views = dy.Int64(description="Pages viewed.")
    view_items = dy.Int64(description="Toys looked at.")
    add_to_carts = dy.Int64(description="Times that something was put into the cart.")
    begin_checkouts = dy.Int64(description="Times that a checkout was begun.")
    purchases = dy.Int64(description="Purchases.")


def sessions(web_events: Annotated[dy.LazyFrame[WebEvents], Days(-1, 1)]) -> pl.LazyFrame:
    """Cut each client's events where they pause; keep the visits that begin on the day itself."""
    of_client_and_day = ["client_id", "day"]
    pause = pl.col("ts").diff().over(of_client_and_day)
    names = {
        count: (pl.col("event_name") == name).sum().cast(pl.Int64)
        for count, name in COUNTED.items()
    }
    lasted = pl.col("ts").max() - pl.col("ts").min()
    return (
        around_each_day(web_events)
        .sort(*of_client_and_day, "ts", "event_id", "happened_on")
        .with_columns(begins=(pause > LONGEST_PAUSE).fill_null(False))
        .with_columns(visit=pl.col("begins").cum_sum().over(of_client_and_day))
        .group_by(*of_client_and_day, "visit")
        .agg(
            pl.col("happened_on", "device").first(),
            pl.len().cast(pl.Int64).alias("events"),
            started_at=pl.col("ts").min(),
            ended_at=pl.col("ts").max(),
            duration_s=lasted.dt.total_microseconds() / SECOND_US,
            **names,
        )
        .filter(pl.col("happened_on") == pl.col("day"))
    )


def around_each_day(web_events: pl.LazyFrame) -> pl.LazyFrame:
    """The events of each client's days, each day with the one before and the one after.

    A day is thus made of the same events whether it is built alone or among others.
    """
    events = web_events.select(
        "client_id", "ts", "event_id", "event_name", "device", happened_on="day"
    )
    days = web_events.select("client_id", "day").unique()
    near = [
        events.with_columns(day=pl.col("happened_on") + dt.timedelta(days=away))
        for away in (-1, 0, 1)
    ]
    return pl.concat(near).join(days, on=["client_id", "day"], how="semi")


TABLE = ByDay(
    rows=Sessions,
    build=sessions,
    contract=Contract(
        owner="commerce-data", privacy="confidential", fresh_within=dt.timedelta(hours=3)
    ),
)
