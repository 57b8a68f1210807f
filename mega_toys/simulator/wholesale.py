"""What retailers are invoiced, and what they are credited weeks later."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from mega_toys.simulator.catalogue import WHOLESALE_SHARE, catalogue
from mega_toys.simulator.orders import LINES_EACH, UNITS_EACH, prices
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
ACCOUNTS = [f"RETAIL-{number:04d}" for number in range(12 * len(MARKETS))]
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


def lines_a_day(world: World) -> int:
    """Lines of the invoices of a working day."""
    return (int(np.ceil(2000 * world.scale)) + 2) * LINES_AN_INVOICE


@lru_cache(maxsize=4)
def invoiced(world: World, day: dt.date) -> Invoiced:
    """The invoices of a working day."""
    rng, toys = world.rng("wholesale", day), catalogue(world)
    wanted = units_a_day(world) * demand(day) * WORKING_WEEK[day.weekday()]
    count = lines_a_day(world) if wanted else 0
    invoices = count // LINES_AN_INVOICE
    invoice, line = np.divmod(np.arange(count), LINES_AN_INVOICE)
    account = rng.integers(0, len(ACCOUNTS), invoices)[invoice]
    market = account % len(MARKETS)
    sku = np.argmax(np.log(toys.wanted(day) + 1e-12) + rng.gumbel(size=(count, len(toys.sku))), 1)
    quantity = rng.gamma(2, wanted / max(count, 1) / 2, count).astype(np.int64) + 1
    offset = np.array([offset_s(one.time_zone, day) for one in MARKETS])[market]
    at = (rng.random(invoices) * 9 + 8)[invoice] * HOUR_S
    posted = (at + midnight_s(day) - offset).astype(np.int64)
    corrects, credits_, later = rng.random((3, count))
    numbers = pl.Series(invoice).cast(pl.String).str.zfill(5)
    return Invoiced(
        label=f"{day:%Y%m%d}-" + numbers + "-" + pl.Series(line + 1).cast(pl.String),
        invoice=invoice,
        line_no=line + 1,
        market=market,
        account=account,
        sku=sku,
        quantity=quantity,
        price=np.round(prices(world, day)[market, sku] * WHOLESALE_SHARE, 2),
        posted_s=posted,
        corrected_s=np.floor(np.where(corrects < 0.03, posted + (0.3 + later) * DAY_S, np.nan)),
        credited_s=np.floor(np.where(credits_ < 0.04, posted + (4 + 14 * later) * DAY_S, np.nan)),
    )


def sales_ledger(world: World, day: dt.date) -> pl.DataFrame | None:
    """The entries of the day's invoices: as posted, corrected the next day, credited."""
    found = invoiced(world, day)
    if not len(found.invoice):
        return None
    corrected = np.flatnonzero(~np.isnan(found.corrected_s))
    credited = np.flatnonzero(~np.isnan(found.credited_s))
    rows = np.concatenate([np.arange(len(found.invoice)), corrected, credited])
    which = np.repeat([0, 1, 2], [len(found.invoice), len(corrected), len(credited)])
    posted, again = found.posted_s.astype(np.float64), found.corrected_s
    posted_at = np.where(which < 2, posted[rows], found.credited_s[rows])
    updated_at = np.where(which == 1, again[rows], posted_at)
    return _entries(world, day, rows, which, posted_at, updated_at)


def _entries(
    world: World, day: dt.date, rows: Ints, which: Ints, posted_at: Floats, updated_at: Floats
) -> pl.DataFrame:
    """A correction grants more discount; a credit note takes back a part."""
    found, label = invoiced(world, day), invoiced(world, day).label[rows]
    offsets = np.array([offset_s(one.time_zone, day) for one in MARKETS])[found.market[rows]]
    quantity = np.where(which < 2, found.quantity[rows], credited_quantity(found.quantity[rows]))
    is_big = found.quantity[rows] > np.median(found.quantity)
    share = np.where(is_big, np.where(which == 1, 0.07, 0.05), 0)
    discount = np.round(found.price[rows] * quantity * share, 2)
    return pl.DataFrame(
        {
            "entry_id": one_of(["IE-", "IE-", "CE-"], which) + label,
            "invoice_id": one_of(["IN-", "IN-", "CN-"], which) + label.str.head(14),
            "line_no": found.line_no[rows],
            "posted_at": local_texts(posted_at, offsets, "posted_at"),
            "account_id": one_of(ACCOUNTS, found.account[rows]),
            "sku": one_of(catalogue(world).sku, found.sku[rows]),
            "quantity": quantity,
            "unit_price": found.price[rows],
            "discount": pl.Series(np.where(is_big, discount, np.nan)).fill_nan(None),
            "currency": one_of([one.currency for one in MARKETS], found.market[rows]),
            "kind": one_of(["invoice", "invoice", "credit_note"], which),
            "updated_at": local_texts(updated_at, offsets, "updated_at"),
            "_at": instants(updated_at + HOUR_S),
        }
    )


def credited_quantity(quantity: Ints) -> Ints:
    """What a retailer sends back of a line."""
    return np.maximum(quantity // 5, 1)
