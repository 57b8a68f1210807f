"""The orders of the web shop: placed on a day, and what becomes of them in the days after."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from mega_toys.simulator.catalogue import catalogue
from mega_toys.simulator.customers import customer_ids, full_names, known_by, market_of
from mega_toys.simulator.places import MARKETS, offset_s
from mega_toys.simulator.season import campaign, web_demand
from mega_toys.simulator.world import (
    DAY_S,
    HOUR_S,
    Floats,
    Generator,
    Ints,
    World,
    drawn,
    instants,
    local_texts,
    midnight_s,
    one_of,
)

HOURS = np.array([2, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 7, 7, 6, 6, 6, 7, 8, 10, 12, 13, 11, 8, 4.0])
LINES = np.array([0.55, 0.25, 0.13, 0.07])
QUANTITIES = np.array([0.78, 0.15, 0.07])
CHANNELS = ["web", "app", "marketplace"]
STREETS = ["Station Road", "Elm Street", "Rue Haute", "Lindenweg", "Via Roma", "Sakura-dori"]
METHODS = ["card", "card", "paypal", "invoice"]
STATUSES = ("placed", "paid", "shipped", "delivered", "returned", "cancelled")
LATENCY_S = 20
LINES_EACH, UNITS_EACH = 1.72, 1.29  # what these weights mean on average


@dataclass(frozen=True)
class Orders:
    """The orders placed on one day; NaN in `at` is a status that an order never reaches."""

    ids: pl.Series
    customer: Ints
    market: Ints
    channel: Ints
    offset: Ints
    placed_s: Ints
    at: Floats  # orders × STATUSES, seconds since 1970
    line_order: Ints  # of each line, the order it belongs to
    line_no: Ints
    sku: Ints
    quantity: Ints
    price: Floats
    discount: Floats  # NaN where there is none

    def total(self) -> Floats:
        """What the customer pays for each order."""
        net = self.quantity * self.price - np.nan_to_num(self.discount)
        return np.round(np.bincount(self.line_order, net, minlength=len(self.placed_s)), 2)


@lru_cache(maxsize=4)
def orders_of(world: World, day: dt.date) -> Orders:
    """All orders placed on the day, each on its market's clock."""
    rng = world.rng("orders", day)
    count = int(rng.poisson(world.orders_a_day * web_demand(world, day)))
    known = known_by(world, day - dt.timedelta(1))
    customer = np.minimum((rng.random(count) ** 1.7 * known).astype(np.int64), known - 1)
    market = market_of(world, customer)
    offset = np.array([offset_s(market.time_zone, day) for market in MARKETS])[market]
    clock = (drawn(HOURS, rng.random(count)) + rng.random(count)) * HOUR_S
    placed = np.sort(clock).astype(np.int64) + midnight_s(day) - offset
    lines = drawn(LINES, rng.random(count)) + 1
    line_order, first = np.repeat([np.arange(count), np.cumsum(lines) - lines], lines, axis=1)
    sku = drawn(catalogue(world).wanted(day), rng.random(len(line_order)))
    quantity = drawn(QUANTITIES, rng.random(len(line_order))) + 1
    price = prices(world, day)[market[line_order], sku]
    return Orders(
        ids=f"O-{day:%Y%m%d}-" + pl.Series(np.arange(count)).cast(pl.String).str.zfill(6),
        customer=customer,
        market=market,
        channel=drawn(np.array([0.62, 0.23, 0.15]), rng.random(count)),
        offset=offset,
        placed_s=placed,
        at=_life(placed, rng),
        line_order=line_order,
        line_no=np.arange(len(line_order)) - first + 1,
        sku=sku,
        quantity=quantity,
        price=price,
        discount=_discounts(quantity * price, campaign(world, day) is not None, rng),
    )


@lru_cache(maxsize=4)
def prices(world: World, day: dt.date) -> Floats:
    """Prices in the markets' currencies: markets × skus."""
    toys = catalogue(world)
    return np.stack([toys.price(world, day, market.currency) for market in MARKETS])


def _discounts(gross: Floats, is_campaign: bool, rng: Generator) -> Floats:
    """A voucher now and then; in a campaign more of them, and better ones."""
    granted = rng.random(len(gross)) < (0.34 if is_campaign else 0.07)
    return np.where(granted, np.round(gross * (0.15 if is_campaign else 0.08), 2), np.nan)


def _life(placed: Ints, rng: Generator) -> Floats:
    """When each order reaches each status; few are cancelled, some come back."""
    count = len(placed)
    paid = placed + rng.integers(20, 2400, count)
    shipped = paid + (0.4 + 1.9 * rng.random(count)) * DAY_S
    delivered = shipped + (0.8 + 3.4 * rng.random(count)) * DAY_S
    returned = delivered + (1.5 + 9 * rng.random(count)) * DAY_S
    cancelled = placed + (0.1 + 1.5 * rng.random(count)) * DAY_S
    gone = rng.random(count) < 0.035
    back = rng.random(count) < 0.075
    reached = [~gone, ~gone, ~gone, back & ~gone, gone]
    after = [paid, shipped, delivered, returned, cancelled]
    times = [np.where(is_, at, np.nan) for is_, at in zip(reached, after, strict=True)]
    return np.asarray(np.floor(np.stack([placed.astype(np.float64), *times], axis=1)))


def orders(world: World, day: dt.date) -> pl.DataFrame | None:
    """Every version of every order placed on the day, each a whole document."""
    found = orders_of(world, day)
    if not len(found.placed_s):
        return None
    row, status = np.nonzero(~np.isnan(found.at))
    at = found.at[row, status]
    whole = _documents(world, found)
    versions = whole[row].with_columns(
        local_texts(at, found.offset[row], "updated_at"),
        one_of(list(STATUSES), status, "status"),
    )
    return versions.with_columns(instants(at + LATENCY_S))


def _documents(world: World, found: Orders) -> pl.DataFrame:
    currencies = [market.currency for market in MARKETS]
    countries = [market.country for market in MARKETS]
    empty = pl.Series([""]).new_from_index(0, len(found.placed_s))
    return pl.DataFrame(
        {
            "order_id": found.ids,
            "customer_id": customer_ids(found.customer),
            "placed_at": local_texts(found.placed_s, found.offset, "placed_at"),
            "updated_at": empty,
            "status": empty,
            "currency": one_of(currencies, found.market),
            "country": one_of(countries, found.market),
            "channel": one_of(CHANNELS, found.channel),
            "items": _items(world, found),
            "shipping": _shipping(world, found),
            "payment": _payment(world, found),
        }
    )


def _items(world: World, found: Orders) -> pl.Series:
    lines = pl.DataFrame(
        {
            "order": found.line_order,
            "line_no": found.line_no,
            "sku": one_of(catalogue(world).sku, found.sku),
            "quantity": found.quantity,
            "unit_price": found.price,
            "discount": pl.Series(found.discount).fill_nan(None),
        }
    )
    item = pl.struct("line_no", "sku", "quantity", "unit_price", "discount")
    return lines.group_by("order", maintain_order=True).agg(item.alias("items"))["items"]


def _shipping(world: World, found: Orders) -> pl.Series:
    street = (world.shares("street", found.customer) * len(STREETS)).astype(np.int64)
    number = pl.Series(1 + found.customer % 140).cast(pl.String)
    return pl.DataFrame(
        {
            "full_name": full_names(world, found.customer),
            "street": one_of(STREETS, street) + " " + number,
            "postcode": pl.Series(10_000 + found.customer * 37 % 89_999).cast(pl.String),
            "city": one_of([market.city for market in MARKETS], found.market),
            "country": one_of([market.country for market in MARKETS], found.market),
        }
    ).to_struct("shipping")


def _payment(world: World, found: Orders) -> pl.Series:
    method = (world.shares("method", found.customer) * len(METHODS)).astype(np.int64)
    last4 = pl.Series(found.customer * 7919 % 10_000).cast(pl.String).str.zfill(4)
    names = one_of(METHODS, method, "method")
    payment = pl.DataFrame({"method": names, "card_last4": last4})
    by_card = pl.when(pl.col("method") == "card").then("card_last4")
    return payment.with_columns(by_card.alias("card_last4")).to_struct("payment")
