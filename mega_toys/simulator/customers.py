"""The customers of the web shops: who they are, who is new, who changes and changes back."""

import datetime as dt

import numpy as np
import polars as pl

from mega_toys.simulator.places import MARKETS
from mega_toys.simulator.world import (
    DAY_S,
    Ints,
    World,
    drawn,
    epoch_day,
    instants,
    midnight_s,
    one_of,
)

FIRST_NAMES = ["Ada", "Bruno", "Chloe", "Dario", "Emma", "Felix", "Greta", "Hugo", "Ines",
               "Jonas", "Kaito", "Lena", "Mateo", "Nora", "Oskar", "Priya", "Quinn", "Rosa",
               "Sofia", "Theo"]  # fmt: skip
LAST_NAMES = ["Almeida", "Becker", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Hansen",
              "Ito", "Jensen", "Kowalski", "Lindgren", "Müller", "Novak", "O'Neill", "Petrov",
              "Rossi", "Sato", "Tanaka", "Weber", "Young", "Zhang", "Nguyễn"]  # fmt: skip
OPENED = dt.date(2024, 1, 1)
CHANGES = 0.0012  # of the customers a day
BACK_AFTER_DAYS = 5
SHARES = np.array([market.share for market in MARKETS])


def known_by(world: World, day: dt.date) -> int:
    """How many customers have signed up before the day ends."""
    grown = max(0, (day - OPENED).days + 1) * world.orders_a_day * 0.01
    return int(world.orders_a_day * 6 + grown) + 10


def market_of(world: World, ids: Ints) -> Ints:
    """The market that each customer lives in, for good."""
    return drawn(SHARES, world.shares("market", ids))


def customer_ids(ids: Ints) -> pl.Series:
    """How customers are called."""
    return "C-" + pl.Series(ids).cast(pl.String).str.zfill(8)


def full_names(world: World, ids: Ints, married: Ints | int = 0) -> pl.Series:
    """First and last name of each."""
    first = (world.shares("first", ids) * len(FIRST_NAMES)).astype(np.int64)
    last = (world.shares("last", ids + married) * len(LAST_NAMES)).astype(np.int64)
    return one_of(FIRST_NAMES, first) + " " + one_of(LAST_NAMES, last)


def existing(world: World, day: dt.date) -> pl.DataFrame:
    """All customers who had signed up before the day, as they first were."""
    ids = np.arange(known_by(world, day - dt.timedelta(1)))
    return _records(world, ids, np.zeros_like(ids), _signed_up(world, ids))


def changes(world: World, day: dt.date) -> pl.DataFrame | None:
    """The records of the day: new customers, changed ones, and ones as they first were again."""
    yesterday = known_by(world, day - dt.timedelta(1))
    new = np.arange(yesterday, known_by(world, day))
    changed, again = _changing(world, day), _changing(world, day - dt.timedelta(BACK_AFTER_DAYS))
    again = np.setdiff1d(again[::2], changed)
    ids = np.concatenate([new, changed, again])
    version = np.repeat([0, epoch_day(day), 0], [len(new), len(changed), len(again)])
    at = np.sort(world.rng("changed at", day).integers(0, DAY_S, len(ids))) + midnight_s(day)
    at[: len(new)] = _signed_up(world, new)
    if not len(ids):
        return None
    return _records(world, ids, version, at).with_columns(_at="updated_at")


def _changing(world: World, day: dt.date) -> Ints:
    rng, known = world.rng("changing", day), known_by(world, day - dt.timedelta(1))
    return np.unique(rng.integers(0, known, rng.poisson(known * CHANGES)))


def _signed_up(world: World, ids: Ints) -> Ints:
    """The first ones in the years before; the others evenly since."""
    share = world.shares("signed up", ids)
    first = known_by(world, OPENED - dt.timedelta(1))
    a_day = world.orders_a_day * 0.01
    since = (np.ceil((ids - first + 1) / a_day) - 1 + share) * DAY_S
    before = (share - 1) * 2000 * DAY_S
    return np.asarray(midnight_s(OPENED) + np.where(ids < first, before, since)).astype(np.int64)


def _records(world: World, ids: Ints, version: Ints, at: Ints) -> pl.DataFrame:
    """Version 0 is how a customer first was; any other changes the name, e-mail and phone."""
    names = full_names(world, ids, version)
    number = pl.Series(ids).cast(pl.String)
    moved = pl.Series(version).cast(pl.String)
    mail = names.str.to_lowercase().str.replace_all(r"[^a-zü]+", ".") + number + "@example."
    born = (world.shares("born", ids) * 19_000).astype(np.int32)
    markets = market_of(world, ids)
    return pl.DataFrame(
        {
            "customer_id": customer_ids(ids),
            "email": mail + pl.Series(np.where(version > 0, "org", "com")),
            "full_name": names,
            "phone": "+00 555 " + number.str.zfill(7) + moved.str.tail(1),
            "birth_date": pl.Series(born).cast(pl.Date),
            "country": one_of([market.country for market in MARKETS], markets),
            "signed_up_at": instants(_signed_up(world, ids)),
            "marketing_consent": (world.shares("consent", ids) + 0.3 * (version > 0)) % 1 < 0.55,
            "updated_at": instants(at),
        }
    ).with_columns(_where(world, ids, "phone", 0.6), _where(world, ids, "birth_date", 0.7))


def _where(world: World, ids: Ints, name: str, share: float) -> pl.Expr:
    """What only a share of the customers tells."""
    return pl.when(pl.lit(pl.Series(world.shares(name, ids) < share))).then(name).alias(name)
