"""The toys: what they are, what they cost to make, what they sell for, how much they are wanted."""

import datetime as dt
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from mega_toys.simulator.places import UNITS_PER_EUR
from mega_toys.simulator.world import Floats, Ints, World, epoch_day, instants

CATEGORIES = ("bricks", "dolls", "vehicles", "puzzles", "plush", "games", "outdoor", "science")
ADJECTIVES = ("Mega", "Tiny", "Turbo", "Magic", "Happy", "Wild", "Cosmic", "Royal", "Brave")
NOUNS = ("Castle", "Robot", "Dragon", "Racer", "Bear", "Island", "Rocket", "Farm", "Train", "Lab")
PRICE_HOLDS_DAYS = 75
WHOLESALE_SHARE = 0.52


@dataclass(frozen=True)
class Catalogue:
    """One row a sku in every array."""

    sku: list[str]
    category: Ints
    base_price_eur: Floats
    run_time_per_item_s: Floats
    weight_kg: Floats
    popularity: Floats
    launched: Ints  # days since 1970
    discontinued: Ints
    price_phase: Ints

    def price_step(self, day: dt.date) -> Ints:
        """How often each price has moved by the day."""
        return np.asarray((epoch_day(day) + self.price_phase) // PRICE_HOLDS_DAYS)

    def list_price_eur(self, world: World, day: dt.date) -> Floats:
        """The price on the day; each moves by some per cent every few weeks."""
        steps = self.price_step(day)
        chance = world.shares("price", np.arange(len(self.sku)) * 10_000 + steps)
        return np.floor(self.base_price_eur * (0.94 + 0.14 * chance)) + 0.99

    def price(self, world: World, day: dt.date, currency: str) -> Floats:
        """The price in a currency: set for the market, not by the rate of the day."""
        price = self.list_price_eur(world, day) * UNITS_PER_EUR.get(currency, 1.0)
        return np.floor(price) if currency in ("JPY", "VND", "IDR") else np.floor(price) + 0.99

    def wanted(self, day: dt.date) -> Floats:
        """The share of each sku in what is sold on the day."""
        on_sale = (self.launched <= epoch_day(day)) & (epoch_day(day) < self.discontinued)
        weights = self.popularity * on_sale
        return np.asarray(weights / weights.sum())


@cache
def catalogue(world: World) -> Catalogue:
    """The toys of a world."""
    rng, count = world.rng("catalogue"), world.skus
    first = epoch_day(dt.date(2019, 1, 1))
    launched = first + rng.integers(0, 1500, count)
    late = rng.random(count) < 0.1  # a few are launched or given up in the years simulated
    launched = np.where(
        late, epoch_day(dt.date(2024, 1, 1)) + rng.integers(0, 1200, count), launched
    )
    ends = np.where(rng.random(count) < 0.08, launched + rng.integers(1200, 2800, count), 10**6)
    return Catalogue(
        sku=[f"TOY-{number:04d}" for number in range(1, count + 1)],
        category=rng.integers(0, len(CATEGORIES), count),
        base_price_eur=np.clip(rng.lognormal(2.95, 0.55, count), 5, 180),
        run_time_per_item_s=np.round(rng.uniform(9, 34, count), 1),
        weight_kg=np.round(rng.uniform(0.08, 1.6, count), 3),
        popularity=rng.pareto(1.6, count) + 0.25,
        launched=launched,
        discontinued=ends,
        price_phase=rng.integers(0, PRICE_HOLDS_DAYS, count),
    )


def products(world: World, day: dt.date) -> pl.DataFrame:
    """The export of the catalogue as it is on the day."""
    toys = catalogue(world)
    numbers = np.arange(len(toys.sku))
    moved = toys.price_step(day) * PRICE_HOLDS_DAYS - toys.price_phase
    gone = epoch_day(day) >= toys.discontinued
    changed = np.where(gone, toys.discontinued, np.maximum(moved, toys.launched - 30))
    names = [f"{ADJECTIVES[n * 7 % 9]} {NOUNS[n * 3 % 10]} {1 + n // 30}" for n in numbers.tolist()]
    rows = pl.DataFrame(
        {
            "sku": toys.sku,
            "name": names,
            "category": [CATEGORIES[at] for at in toys.category],
            "age_min": (toys.category * 2 + numbers % 3) % 15,
            "list_price_eur": toys.list_price_eur(world, day),
            "launched_on": pl.Series(toys.launched).cast(pl.Int32).cast(pl.Date),
            "discontinued_on": pl.Series(np.minimum(toys.discontinued, 10**5))
            .cast(pl.Int32)
            .cast(pl.Date),
            "updated_at": instants(changed * 86_400 + 5 * 3600),
        }
    )
    known = rows.filter(toys.launched - 30 <= epoch_day(day))
    ended = pl.col("discontinued_on") <= day
    return known.with_columns(pl.when(ended).then("discontinued_on").alias("discontinued_on"))


def quarter_of(day: dt.date) -> dt.date:
    """The first day of the quarter."""
    return dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def standard_costs(world: World, quarter: dt.date) -> pl.DataFrame:
    """The costs that controlling sets for a quarter, ten days before it begins."""
    toys = catalogue(world)
    step = quarter.year * 4 + quarter.month // 3
    ids = np.arange(len(toys.sku)) * 100_000 + step
    base = toys.base_price_eur * (1 + 0.004 * (step - 2024 * 4))
    parts = {
        f"{part}_eur": np.round(base * share * (0.93 + 0.14 * world.shares(part, ids)), 4)
        for part, share in (("material", 0.19), ("labour", 0.09), ("overhead", 0.07))
    }
    set_at = (epoch_day(quarter) - 10) * 86_400 + 9 * 3600
    return pl.DataFrame(
        {"sku": toys.sku, "effective_from": [quarter] * len(ids), **parts}
    ).with_columns(updated_at=instants(np.full(len(ids), set_at)))
