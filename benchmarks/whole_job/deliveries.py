"""What all three take in: the toy company's telemetry and web orders, and what they refer to.

Telemetry and orders are NDJSON with one record in a hundred spoilt (late, early, twice, torn, of a
wrong type or range); the registers are CSV without faults. The same seed makes the same files.
"""

import datetime as dt
from collections import defaultdict
from pathlib import Path

import polars as pl

from mega_toys.simulator import formats
from mega_toys.simulator.company import Company, Frames
from mega_toys.simulator.planting import add_first, plant
from mega_toys.simulator.sources import SOURCES
from mega_toys.simulator.world import World

FIRST_DAY = dt.date(2026, 3, 1)
ONE_DAY = dt.timedelta(days=1)
SPOILT = ("manufacturing/machine_telemetry", "commerce/orders")
REFERRED = (
    "manufacturing/factories",
    "manufacturing/machines",
    "manufacturing/shifts",
    "manufacturing/downtimes",
    "manufacturing/production_orders",
    "finance/exchange_rates",
)
SHARE = 0.01  # of the records of a spoilt dataset
Held = defaultdict[tuple[dt.date, str], list[pl.DataFrame]]


def deliver(landing: Path, *, days: int, scale: float, seed: int = 1) -> int:
    """Write so many days from 1 March 2026, at scale 1 a million readings each; returns bytes."""
    company = Company(World(seed, scale), FIRST_DAY, surprises=False)
    held: Held = defaultdict(list)
    written = 0
    for number in range(days):
        day = FIRST_DAY + number * ONE_DAY
        arriving = company.arriving(day)
        for dataset in REFERRED:
            if dataset in arriving:
                rows = arriving[dataset].drop("_at")
                written += _put(landing, dataset, day, ".csv", formats.encoded(rows, ".csv"))
        for dataset in SPOILT:
            content = _spoilt(company, arriving, dataset, day, held)
            written += _put(landing, dataset, day, ".ndjson", content)
    return written


def _spoilt(company: Company, arriving: Frames, dataset: str, day: dt.date, held: Held) -> bytes:
    rng = company.world.rng(f"benchmark {dataset}", day)
    spoilt = plant(arriving[dataset], SOURCES[dataset], ".ndjson", rng, SHARE)
    for later in spoilt.later:
        held[day + later.days * ONE_DAY, dataset].append(later.rows)
    if due := held.pop((day, dataset), []):
        add_first(spoilt, pl.concat(due), [])
    return formats.encoded(spoilt.rows, ".ndjson", spoilt.spoil)


def _put(landing: Path, dataset: str, day: dt.date, form: str, content: bytes) -> int:
    path = landing / dataset / str(day) / f"{dataset.split('/')[1]}{form}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return len(content)
