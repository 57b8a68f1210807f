"""Visits of the web shop, as its tag manager sends them to Google Analytics 4.

Only visitors who consent to tracking are seen, about one in twenty.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from mega_toys.simulator.catalogue import CATEGORIES, catalogue
from mega_toys.simulator.customers import customer_ids
from mega_toys.simulator.orders import HOURS, Orders, orders_of, prices
from mega_toys.simulator.places import MARKETS, offset_s
from mega_toys.simulator.season import campaign, web_demand
from mega_toys.simulator.world import (
    HOUR_S,
    Bools,
    Floats,
    Generator,
    Ints,
    World,
    drawn,
    instants,
    midnight_s,
    one_of,
)

CONSENTING = 0.05
VISITS_A_PURCHASE = 30
DEVICES = ["mobile", "desktop", "tablet"]
SOURCES = ["", "google", "newsletter", "instagram", "youtube"]
STEPS = ["page_view", "view_item_list", "select_item", "view_item", "page_view", "view_item",
         "add_to_cart", "remove_from_cart", "add_to_cart", "view_cart", "begin_checkout",
         "add_shipping_info", "add_payment_info", "purchase"]  # fmt: skip
DEPTHS = np.array([1, 2, 4, 6, 7, 8, 10, 11, 13])  # how many of the steps a visit takes
LEAVE = np.array([0.24, 0.2, 0.25, 0.16, 0.05, 0.02, 0.04, 0.02, 0.02])
OF_ITEMS = ("select_item", "view_item", "add_to_cart", "remove_from_cart")
IS_ITEM = np.array([step in OF_ITEMS for step in STEPS])
MONEY_FROM = 6  # the step from which a value is at stake
SECOND_THOUGHTS = 0.15  # share of the visits in which a toy leaves the cart, and comes back


@dataclass(frozen=True)
class Visits:
    """One row a visit in every array; `order` is -1 where nothing is bought."""

    client: Ints
    customer: Ints
    order: Ints
    market: Ints
    steps: Ints
    ends_s: Floats
    sku: Ints
    value: Floats
    device: Ints
    source: Ints


def web_events(world: World, day: dt.date) -> pl.DataFrame | None:
    """The events of all visits that end on the day, on the clock of their market."""
    rng, placed = world.rng("visits", day), orders_of(world, day)
    visits = _visits(world, day, placed, rng)
    if not len(visits.steps):
        return None
    visit = np.repeat(np.arange(len(visits.steps)), visits.steps)
    first = np.repeat(np.cumsum(visits.steps) - visits.steps, visits.steps)
    step = np.arange(len(visit)) - first
    bought = visits.order[visit] >= 0
    step = np.where(bought & (step == visits.steps[visit] - 1), len(STEPS) - 1, step)
    gaps = np.cumsum(rng.exponential(35, len(visit)) + 1)
    last = np.repeat(gaps[np.cumsum(visits.steps) - 1], visits.steps)
    at = np.floor((visits.ends_s[visit] - (last - gaps)) * 1000) / 1000
    firm = rng.random(len(visits.steps)) >= SECOND_THOUGHTS
    kept = np.flatnonzero(~firm[visit] | (step < MONEY_FROM + 1) | (step > MONEY_FROM + 2))
    return _events(world, day, placed, visits, visit[kept], step[kept], at[kept])


def _visits(world: World, day: dt.date, placed: Orders, rng: Generator) -> Visits:
    seen = (rng.random(len(placed.placed_s)) < CONSENTING) & (placed.channel < 2)
    bought = np.flatnonzero(seen)
    lift = 1.3 if campaign(world, day) else 1.0
    looks = world.orders_a_day * 0.85 * CONSENTING * web_demand(world, day) * lift
    looking = int(rng.poisson(looks * VISITS_A_PURCHASE))
    count = len(bought) + looking
    market = np.concatenate([placed.market[bought], rng.integers(0, len(MARKETS), looking)])
    offset = np.array([offset_s(one.time_zone, day) for one in MARKETS])[market[len(bought) :]]
    clock = (drawn(HOURS, rng.random(looking)) + rng.random(looking)) * HOUR_S
    sku = drawn(catalogue(world).wanted(day), rng.random(count))
    first_line = np.searchsorted(placed.line_order, bought)
    sku[: len(bought)] = placed.sku[first_line]
    customers = rng.integers(0, max(1, int(world.orders_a_day * 40)), looking)
    steps = DEPTHS[drawn(LEAVE, rng.random(looking))]
    return Visits(
        client=np.concatenate([placed.customer[bought], customers + 10**8]),
        customer=np.concatenate([placed.customer[bought], np.full(looking, -1)]),
        order=np.concatenate([bought, np.full(looking, -1)]),
        market=market,
        steps=np.concatenate([np.full(len(bought), len(STEPS)), steps]),
        ends_s=np.concatenate([placed.placed_s[bought] + 1.0, clock + midnight_s(day) - offset]),
        sku=sku,
        value=np.concatenate([placed.total()[bought], np.zeros(looking)]),
        device=_devices(rng, len(bought), count),
        source=_sources(world, day, rng, count),
    )


def _devices(rng: Generator, buying: int, count: int) -> Ints:
    """Most look on a phone; who buys sits at a desk more often."""
    chances = rng.random(count)
    device = drawn(np.array([0.64, 0.27, 0.09]), chances)
    device[:buying] = drawn(np.array([0.47, 0.45, 0.08]), chances[:buying])
    return device


def _sources(world: World, day: dt.date, rng: Generator, count: int) -> Ints:
    """Where visitors come from; one in two from the campaign, while there is one."""
    source = drawn(np.array([0.45, 0.3, 0.1, 0.1, 0.05]), rng.random(count))
    drawn_in = rng.random(count) < (0.5 if campaign(world, day) else 0)
    return np.where(drawn_in, len(SOURCES), source)


def _events(
    world: World, day: dt.date, placed: Orders, visits: Visits, visit: Ints, step: Ints, at: Floats
) -> pl.DataFrame:
    number = pl.Series(np.arange(len(visit))).cast(pl.String).str.zfill(7)
    category = catalogue(world).category[visits.sku[visit]]
    customer = visits.customer[visit]
    sources = [*SOURCES, campaign(world, day) or ""]
    return pl.DataFrame(
        {
            "event_id": f"V-{day:%Y%m%d}-" + number,
            "client_id": "GA1." + pl.Series(visits.client[visit]).cast(pl.String),
            "customer_id": _only(customer_ids(customer), customer >= 0),
            "ts": instants(at),
            "event_name": one_of(STEPS, step),
            "page": one_of([f"/{category}" for category in CATEGORIES], category),
            **_ecommerce(world, day, placed, visits, visit, step),
            "device": one_of(DEVICES, visits.device[visit]),
            "utm_source": one_of(sources, visits.source[visit]).replace("", None),
            "_at": instants(at + 5),
        }
    )


def _ecommerce(
    world: World, day: dt.date, placed: Orders, visits: Visits, visit: Ints, step: Ints
) -> dict[str, pl.Series]:
    """What the event is about, and what is at stake."""
    sku, market = visits.sku[visit], visits.market[visit]
    is_purchase, is_item = step == len(STEPS) - 1, IS_ITEM[step]
    value = np.where(is_purchase, visits.value[visit], prices(world, day)[market, sku])
    at_stake = (step >= MONEY_FROM) & (step != STEPS.index("remove_from_cart"))
    order_ids = pl.concat([pl.Series([""]), placed.ids])
    return {
        "sku": _only(one_of(catalogue(world).sku, sku), is_item),
        "quantity": _only(pl.Series(np.ones(len(visit), np.int64)), is_item & at_stake),
        "value": _only(pl.Series(value), at_stake),
        "currency": _only(one_of([one.currency for one in MARKETS], market), at_stake),
        "transaction_id": _only(order_ids[visits.order[visit] + 1], is_purchase),
    }


def _only(values: pl.Series, where: Bools) -> pl.Series:
    """Null elsewhere."""
    return values.set(pl.Series(~where), None)
