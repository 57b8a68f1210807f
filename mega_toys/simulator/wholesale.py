"""What retailers are invoiced, and what they are credited weeks later."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from mega_toys.simulator.catalogue import WHOLESALE_SHARE, catalogue
from mega_toys.simulator.orders import LINES_EACH, UNITS_EACH
from mega_toys.simulator.places import MARKETS, offset_s
from mega_toys.simulator.plant import plant
from mega_toys.simulator.season import WORKING_WEEK, demand
from mega_toys.simulator.world import (
    DAY_S,
    HOUR_S,
    MINUTE_S,
    Floats,
    Ints,
    World,
    instants,
    local_texts,
    midnight_s,
    one_of,
)

LINES_AN_INVOICE = 5
PRODUCING_S = 330 * MINUTE_S  # of a machine in a shift, about
SHIFTS_A_WEEK = {"two": 10, "three": 15, "seven": 14}


@dataclass(frozen=True)
class Invoiced:
    """One row an invoice line; `again_s` is when it was corrected or credited, NaN if never."""

    label: pl.Series  # day, invoice, line
    invoice: Ints
    line_no: Ints
    market: Ints
    account: Ints
    sku: Ints
    quantity: Ints
    price: Floats
    posted_s: Ints
    corrected_s: Floats
    credited_s: Floats


def units_a_day(world: World) -> float:
    """What retailers take on an average day: all that is made and the web does not sell."""
    here, toys = plant(world), catalogue(world)
    shifts = sum(SHIFTS_A_WEEK[here.factories[at].pattern] for at in here.factory) / 7
    share = toys.popularity / toys.popularity.sum()
    made = shifts * PRODUCING_S * 0.91 / float(share @ toys.run_time_per_item_s)
    return max(made - world.orders_a_day * LINES_EACH * UNITS_EACH, made * 0.3)


@lru_cache(maxsize=4)
def invoiced(world: World, day: dt.date) -> Invoiced:
    """The invoices of a working day."""
    rng, toys = world.rng("wholesale", day), catalogue(world)
    wanted = units_a_day(world) * demand(day) * WORKING_WEEK[day.weekday()]
    invoices = int(np.ceil(2000 * world.scale)) + 2 if wanted else 0
    count = invoices * LINES_AN_INVOICE
    invoice, line = np.divmod(np.arange(count), LINES_AN_INVOICE)
    account = rng.integers(0, 12 * len(MARKETS), invoices)[invoice]
    market = account % len(MARKETS)
    sku = np.argmax(np.log(toys.wanted(day) + 1e-12) + rng.gumbel(size=(count, len(toys.sku))), 1)
    quantity = rng.gamma(2, wanted / max(count, 1) / 2, count).astype(np.int64) + 1
    prices = np.stack([toys.price(world, day, one.currency) for one in MARKETS])
    offset = np.array([offset_s(one.time_zone, day) for one in MARKETS])[market]
    at = (rng.random(invoices) * 9 + 8)[invoice] * HOUR_S
    posted = (at + midnight_s(day) - offset).astype(np.int64)
    chances, later = rng.random((2, count)), rng.random(count)
    corrected = posted + (0.3 + later) * DAY_S
    credited = posted + (4 + 14 * later) * DAY_S
    numbers = pl.Series(invoice).cast(pl.String).str.zfill(5)
    return Invoiced(
        label=f"{day:%Y%m%d}-" + numbers + "-" + pl.Series(line + 1).cast(pl.String),
        invoice=invoice,
        line_no=line + 1,
        market=market,
        account=account,
        sku=sku,
        quantity=quantity,
        price=np.round(prices[market, sku] * WHOLESALE_SHARE, 2),
        posted_s=posted,
        corrected_s=np.floor(np.where(chances[0] < 0.03, corrected, np.nan)),
        credited_s=np.floor(np.where(chances[1] < 0.04, credited, np.nan)),
    )


def sales_ledger(world: World, day: dt.date) -> pl.DataFrame | None:
    """The entries of the day's invoices: as posted, corrected the next day, credited."""
    found = invoiced(world, day)
    if not len(found.invoice):
        return None
    rows = np.arange(len(found.invoice))
    corrected = np.flatnonzero(~np.isnan(found.corrected_s))
    credited = np.flatnonzero(~np.isnan(found.credited_s))
    posted_s = found.posted_s.astype(np.float64)
    return pl.concat(
        [
            _entries(world, day, rows, posted_s, posted_s, "invoice"),
            _entries(world, day, corrected, posted_s, found.corrected_s, "invoice"),
            _entries(world, day, credited, found.credited_s, found.credited_s, "credit_note"),
        ]
    )


def _entries(
    world: World, day: dt.date, rows: Ints, posted_s: Floats, at: Floats, kind: str
) -> pl.DataFrame:
    found = invoiced(world, day)
    is_credit = kind == "credit_note"
    offsets = np.array([offset_s(one.time_zone, day) for one in MARKETS])[found.market[rows]]
    quantity = found.quantity[rows]
    price, big = found.price[rows], quantity > np.median(found.quantity)
    quantity = np.maximum(quantity // 5, 1) if is_credit else quantity
    rate = 0.05 if np.array_equal(at, posted_s) else 0.07  # a correction grants more
    discount = pl.Series(np.round(np.where(big, price * quantity * rate, 0), 2))
    letter = "C" if is_credit else "I"
    label = found.label.gather(rows)
    return pl.DataFrame(
        {
            "entry_id": f"{letter}E-" + label,
            "invoice_id": f"{letter}N-" + label.str.head(14),
            "line_no": found.line_no[rows],
            "posted_at": local_texts(posted_s[rows], offsets, "posted_at"),
            "account_id": "RETAIL-" + pl.Series(found.account[rows]).cast(pl.String).str.zfill(4),
            "sku": one_of(catalogue(world).sku, found.sku[rows]),
            "quantity": quantity,
            "unit_price": price,
            "discount": discount.replace(0.0, None),
            "currency": one_of([one.currency for one in MARKETS], found.market[rows]),
            "kind": [kind] * len(rows),
            "updated_at": local_texts(at[rows], offsets, "updated_at"),
            "_at": instants(at[rows] + HOUR_S),
        }
    )
