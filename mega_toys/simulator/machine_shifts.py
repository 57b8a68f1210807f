"""Machine shifts of a day, and which of them break down: one row a machine and shift."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mega_toys.simulator.plant import Plant, plant, shifts_on, span_s
from mega_toys.simulator.world import MINUTE_S, Floats, Ints, World

NOT_BEFORE, NOT_IN_LAST = 45, 30  # minutes of a shift in which nothing breaks


@dataclass(frozen=True)
class MachineShifts:
    """The shifts that begin on one day of their factory; minutes count from a shift's begin."""

    plant: Plant
    machine: Ints
    starts_s: Ints
    minutes: Ints
    labels: list[str]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def care(self) -> Floats:
        """How well the machine of each row is kept."""
        return self.plant.care[self.machine]

    @property
    def machine_ids(self) -> list[str]:
        """The machine of each row."""
        return [self.plant.machine_id[at] for at in self.machine]

    @property
    def factory_ids(self) -> list[str]:
        """The factory of each row."""
        found = self.plant.factories
        return [found[at].factory_id for at in self.plant.factory[self.machine]]


@dataclass(frozen=True)
class Breakdowns:
    """What breaks: the row of its machine shift, the minute, and how long the repair takes."""

    row: Ints
    minute: Ints
    lasts: Ints


@lru_cache(maxsize=8)
def machine_shifts(world: World, day: dt.date) -> MachineShifts:
    """Every machine in every shift that begins on the day of its factory."""
    here = plant(world)
    rows: list[tuple[int, int, int, str]] = []
    for number, factory in enumerate(here.factories):
        machines = np.flatnonzero(here.factory == number).tolist()
        for shift in shifts_on(factory, day):
            begins, ends = span_s(factory, day, shift)
            label = f"{day:%Y%m%d}{shift[0].upper()}"
            length = (ends - begins) // MINUTE_S
            rows += [(at, begins, length, f"{here.machine_id[at]}-{label}") for at in machines]
    numbers = np.array([row[:3] for row in rows], dtype=np.int64).reshape(-1, 3)
    return MachineShifts(
        here, numbers[:, 0], numbers[:, 1], numbers[:, 2], [row[3] for row in rows]
    )


@lru_cache(maxsize=8)
def breakdowns(world: World, day: dt.date) -> Breakdowns:
    """At most one a machine shift; a neglected machine breaks down several times as often."""
    shifts, rng = machine_shifts(world, day), world.rng("breakdowns", day)
    chances, where, long = rng.random((3, len(shifts)))
    broken = np.flatnonzero(chances < 0.01 + 0.14 * (1 - shifts.care) ** 2)
    longest = shifts.minutes[broken] - NOT_IN_LAST
    minute = (NOT_BEFORE + where[broken] * (longest - NOT_BEFORE)).astype(np.int64)
    lasts = (25 + 200 * long[broken] ** 2).astype(np.int64)
    return Breakdowns(broken, minute, np.minimum(lasts, shifts.minutes[broken] - minute))
