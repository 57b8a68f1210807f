"""Exchange rates: units of each currency per EUR, on banking days only."""

import datetime as dt

import numpy as np
import polars as pl

from mega_toys.simulator.places import UNITS_PER_EUR
from mega_toys.simulator.season import is_banking_day
from mega_toys.simulator.world import World, epoch_day, instants, midnight_s

FIXED_AT_S = 15 * 3600


def exchange_rates(world: World, day: dt.date) -> pl.DataFrame | None:
    """The rates of the day; none on a day without banks."""
    if not is_banking_day(day):
        return None
    ids = np.arange(len(UNITS_PER_EUR))
    slow, fast = world.shares("slow", ids), world.shares("fast", ids)
    at, turn = epoch_day(day), 2 * np.pi
    drift = 0.03 * np.sin(turn * (at / 211 + slow)) + 0.012 * np.sin(turn * (at / 37 + fast))
    noise = 0.004 * (world.shares("rate", ids * 100_000 + at) - 0.5)
    rates = np.array(list(UNITS_PER_EUR.values())) * np.exp(drift + noise)
    fixed_at = np.full(len(ids), midnight_s(day) + FIXED_AT_S)
    return pl.DataFrame(
        {
            "day": [day] * len(ids),
            "currency": list(UNITS_PER_EUR),
            "units_per_eur": np.array([float(f"{rate:.6g}") for rate in rates]),
            "updated_at": instants(fixed_at),
            "_at": instants(fixed_at + 600),
        }
    )
