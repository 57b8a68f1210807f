"""How far visitors get on the way to a purchase, day by day."""

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Check, Contract
from mega_toys.declared.table import ByDay
from mega_toys.domains.agreement import disagreements
from mega_toys.domains.commerce.columns import business_day
from mega_toys.domains.commerce.silver.sessions import Sessions
from mega_toys.domains.figures import ratio

ENGAGED_AFTER_S = 10
ENGAGED_FROM_PAGE_VIEWS = 2


class FunnelDaily(dy.Schema):
    """One kind of device on one day with visits."""

    day = business_day(primary_key=True)
    device = columns.choice(
        "desktop", "mobile", "tablet", primary_key=True, description="desktop, mobile or tablet."
    )
    sessions = dy.Int64(description="Visits that began that day.")
    engaged_sessions = dy.Int64(
        description="Longer than 10 s, or with two page views or a purchase."
    )
    sessions_with_view_item = dy.Int64(description="Visits that looked at a toy.")
    sessions_with_add_to_cart = dy.Int64(description="Visits that put a toy into the cart.")
    sessions_with_begin_checkout = dy.Int64(description="Visits that began a checkout.")
    sessions_with_purchase = dy.Int64(description="Visits with a purchase.")
    cart_abandonment = dy.Float64(
        nullable=True, description="Share of the visits with a cart that have no purchase."
    )
    conversion = dy.Float64(nullable=True, description="Share of visits with a purchase.")


def funnel_daily(sessions: dy.LazyFrame[Sessions]) -> pl.LazyFrame:
    """A purchase without a cart converts, but cannot make up for a cart left behind."""
    bought, filled = pl.col("purchases") > 0, pl.col("add_to_carts") > 0
    lingered = pl.col("duration_s") > ENGAGED_AFTER_S
    looked_round = pl.col("page_views") >= ENGAGED_FROM_PAGE_VIEWS
    counted = sessions.group_by(FunnelDaily.primary_key()).agg(
        sessions=pl.len().cast(pl.Int64),
        engaged_sessions=_count(lingered | looked_round | bought),
        sessions_with_view_item=_count(pl.col("view_items") > 0),
        sessions_with_add_to_cart=_count(filled),
        sessions_with_begin_checkout=_count(pl.col("begin_checkouts") > 0),
        sessions_with_purchase=_count(bought),
        carts_bought=_count(filled & bought),
    )
    return counted.with_columns(
        cart_abandonment=1 - ratio(pl.col("carts_bought"), pl.col("sessions_with_add_to_cart")),
        conversion=ratio(pl.col("sessions_with_purchase"), pl.col("sessions")),
    )


def _count(which: pl.Expr) -> pl.Expr:
    return which.sum().cast(pl.Int64)


def visits_that_differ_from_the_sessions(
    funnel: dy.LazyFrame[FunnelDaily], sessions: dy.LazyFrame[Sessions]
) -> pl.LazyFrame:
    """Every visit is counted once, and its purchases make it one with a purchase."""
    return disagreements(
        funnel,
        sessions,
        by=["day", "device"],
        figures={
            "sessions": pl.col("started_at").count(),
            "sessions_with_purchase": pl.col("purchases").filter(pl.col("purchases") > 0).count(),
        },
    )


TABLE = ByDay(
    rows=FunnelDaily,
    build=funnel_daily,
    checks=(Check(finds=visits_that_differ_from_the_sessions, blocks=True),),
    contract=Contract(
        owner="commerce-analytics",
        published=True,
        purpose="To see where visitors stop on their way to a purchase.",
        limitations="Counts visits, not people: who comes by two browsers is two visitors.",
    ),
)
