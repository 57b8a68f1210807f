"""The factories' plant: factories, machines with their traits, planned shifts."""

import datetime as dt
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from mega_toys.simulator.places import FACTORIES, Factory, instant_s
from mega_toys.simulator.season import demand
from mega_toys.simulator.world import Floats, Ints, World, instants

SHIFT_HOURS = {"early": (6, 14), "late": (14, 22), "night": (22, 30)}
MODELS = ("Arburg 470", "Engel e-mac", "Haitian Mars", "Netstal Elion", "Kuka KR 10")
BUSY = 1.1  # from this demand on, Saturdays are worked


@dataclass(frozen=True)
class Plant:
    """One row a machine in every array; `care` from 0 (neglected) to 1 (well kept)."""

    factories: tuple[Factory, ...]
    machine_id: list[str]
    factory: Ints
    care: Floats
    second: Ints  # of the minute, at which it sends its reading
    speed: Floats
    vibration_mm_s: Floats
    power_kw: Floats


@cache
def plant(world: World) -> Plant:
    """The plant of a world; every factory has its well-kept and its neglected machines."""
    rng, count = world.rng("plant"), world.machines
    return Plant(
        factories=FACTORIES[: world.factories],
        machine_id=[f"M-{number:04d}" for number in range(1, count + 1)],
        factory=np.arange(count) % world.factories,
        care=np.clip(rng.beta(3, 2, count), 0.05, 1),
        second=rng.integers(0, 60, count),
        speed=rng.uniform(0.88, 0.99, count),
        vibration_mm_s=rng.uniform(1.4, 3.6, count),
        power_kw=rng.uniform(18, 85, count),
    )


def shifts_on(factory: Factory, day: dt.date) -> list[str]:
    """The shifts that begin on the factory's day."""
    if factory.pattern == "seven":
        return ["early", "late"]
    if day.weekday() < 5:
        return ["early", "late", "night"] if factory.pattern == "three" else ["early", "late"]
    return ["early"] if day.weekday() == 5 and demand(day) > BUSY else []


def span_s(factory: Factory, day: dt.date, shift: str) -> tuple[int, int]:
    """Begin and end of a shift, in seconds since 1970."""
    begins, ends = SHIFT_HOURS[shift]
    return instant_s(factory.time_zone, day, begins), instant_s(factory.time_zone, day, ends)


def factories(world: World) -> pl.DataFrame:
    """The register of factories."""
    rows = [
        {
            "factory_id": factory.factory_id,
            "name": factory.name,
            "country": factory.country,
            "time_zone": factory.time_zone,
            "currency": factory.currency,
        }
        for factory in plant(world).factories
    ]
    registered = np.full(len(rows), dt.datetime(2019, 1, 7, 9, tzinfo=dt.UTC).timestamp())
    return pl.DataFrame(rows).with_columns(updated_at=instants(registered))


def machines(world: World) -> pl.DataFrame:
    """The register of machines."""
    here = plant(world)
    numbers = np.arange(len(here.machine_id))
    on = dt.date(2019, 2, 1).toordinal() + (world.shares("commissioned", numbers) * 1500).astype(
        int
    )
    registered = (on - dt.date(1970, 1, 1).toordinal() + 1) * 86_400 + 9 * 3600
    return pl.DataFrame(
        {
            "machine_id": here.machine_id,
            "factory_id": [here.factories[at].factory_id for at in here.factory],
            "line_id": [f"LINE-{1 + number // (3 * world.factories)}" for number in numbers],
            "model": [MODELS[number % len(MODELS)] for number in numbers],
            "commissioned_on": [dt.date.fromordinal(int(day)) for day in on],
            "updated_at": instants(registered),
        }
    )


def shifts(world: World, day: dt.date) -> pl.DataFrame | None:
    """The plan of a day; a factory sends its own an hour before its day begins."""
    rows = [
        (factory.factory_id, day, shift, *span_s(factory, day, shift), factory.time_zone)
        for factory in plant(world).factories
        for shift in shifts_on(factory, day)
    ]
    if not rows:
        return None
    sent = np.array([instant_s(zone, day, 0) - 3600 for *_, zone in rows])
    return pl.DataFrame(
        {
            "factory_id": [row[0] for row in rows],
            "day": [row[1] for row in rows],
            "shift": [row[2] for row in rows],
            "starts_at": instants(np.array([row[3] for row in rows])),
            "ends_at": instants(np.array([row[4] for row in rows])),
            "updated_at": instants(sent),
            "_at": instants(sent),
        }
    )
