"""What each machine does in each minute of its shifts, and what it makes meanwhile."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mega_toys.simulator.catalogue import catalogue
from mega_toys.simulator.machine_shifts import Breakdowns, MachineShifts, breakdowns, machine_shifts
from mega_toys.simulator.world import MINUTE_S, Bools, Floats, Generator, Ints, World, drawn

STATUSES = ("producing", "setup", "idle", "down", "off")
PRODUCING, SETUP, IDLE, DOWN, OFF = range(5)
BREAK_FROM, BREAK_LASTS = 235, 30
MINOR_STOPS = 9  # at most so many a shift
LONGEST_MINOR_STOP = 10
MAINTENANCE_LASTS = 120


@dataclass(frozen=True)
class Stops:
    """Stops of machines: the row of the machine shift, from which minute, how many minutes."""

    kind: str
    row: Ints
    minute: Ints
    lasts: Ints


@dataclass(frozen=True)
class Floor:
    """The shop floor on one day: matrices of machine shifts × minutes, two orders a shift."""

    shifts: MachineShifts
    status: np.ndarray[tuple[int, ...], np.dtype[np.int8]]
    counter: Ints  # runs up from the shift's begin, and from 0 again after a repair
    broken: Breakdowns
    stops: tuple[Stops, ...]
    sku: Ints  # machine shifts × 2
    first: Ints  # minute at which each order begins
    last: Ints  # minute before which it ends
    produced: Ints


@lru_cache(maxsize=4)
def floor(world: World, day: dt.date) -> Floor:
    """Paint what happens over the minutes of each shift, the strongest last."""
    shifts, rng = machine_shifts(world, day), world.rng("floor", day)
    minutes = np.arange(int(shifts.minutes.max(initial=0)))[None, :]
    status = np.zeros((len(shifts), minutes.shape[1]), dtype=np.int8)
    first, last = _orders(shifts, rng)
    _set_up(status, minutes, shifts, first, rng)
    rests = _planned(status, minutes, shifts, rng)
    broken = breakdowns(world, day)
    mine = np.zeros(status.shape, dtype=np.bool_)
    mine[broken.row] = _within(minutes, broken.minute, broken.lasts)
    status[mine] = DOWN
    minor = _minor_stops(status, shifts, rng)
    status[minutes >= shifts.minutes[:, None]] = OFF
    sku = _skus(world, day, rng, len(shifts))
    made = _made(world, shifts, status, sku, first, rng)
    rows = np.arange(len(shifts))[:, None]
    made_by = np.concatenate([np.zeros((len(shifts), 1), np.int64), made], axis=1)
    return Floor(
        shifts=shifts,
        status=status,
        counter=_since_repair(made, mine),
        broken=broken,
        stops=(*rests, minor),
        sku=sku,
        first=first,
        last=last,
        produced=made_by[rows, last] - made_by[rows, first],
    )


def _within(minutes: Ints, first: Ints, lasts: Ints) -> Bools:
    return (minutes >= first[:, None]) & (minutes < (first + lasts)[:, None])


def _orders(shifts: MachineShifts, rng: Generator) -> tuple[Ints, Ints]:
    """Two orders share a shift; the second begins some time after the break."""
    middle = BREAK_FROM + BREAK_LASTS + rng.integers(-70, 40, len(shifts))
    begin = np.zeros(len(shifts), dtype=np.int64)
    return np.stack([begin, middle], axis=1), np.stack([middle, shifts.minutes], axis=1)


def _set_up(
    status: np.ndarray[tuple[int, ...], np.dtype[np.int8]],
    minutes: Ints,
    shifts: MachineShifts,
    first: Ints,
    rng: Generator,
) -> None:
    for order in (0, 1):
        lasts = rng.integers(12, 22, len(shifts)) + (24 * (1 - shifts.care)).astype(np.int64)
        status[_within(minutes, first[:, order], lasts)] = SETUP


def _planned(
    status: np.ndarray[tuple[int, ...], np.dtype[np.int8]],
    minutes: Ints,
    shifts: MachineShifts,
    rng: Generator,
) -> list[Stops]:
    """The break of every shift, and now and then a maintenance that was planned."""
    rows = np.arange(len(shifts))
    breaks = Stops("break", rows, np.full(len(rows), BREAK_FROM), np.full(len(rows), BREAK_LASTS))
    served = np.flatnonzero(rng.random(len(shifts)) < 0.03)
    at = rng.integers(30, 100, len(served))
    service = Stops("maintenance", served, at, np.full(len(served), MAINTENANCE_LASTS))
    for stops in (breaks, service):
        here = status[stops.row]
        here[_within(minutes, stops.minute, stops.lasts)] = IDLE
        status[stops.row] = here
    return [breaks, service]


def _minor_stops(
    status: np.ndarray[tuple[int, ...], np.dtype[np.int8]], shifts: MachineShifts, rng: Generator
) -> Stops:
    """Short stops of a machine that would be producing; more of them where care is lacking."""
    shape = (len(shifts), MINOR_STOPS)
    happens = rng.random(shape) < (0.3 + 0.7 * (1 - shifts.care))[:, None]
    lasts = rng.integers(2, LONGEST_MINOR_STOP + 1, shape)
    minute = (rng.random(shape) * (shifts.minutes[:, None] - LONGEST_MINOR_STOP)).astype(np.int64)
    rows = np.broadcast_to(np.arange(len(shifts))[:, None], shape)
    free = (status[rows, minute] == PRODUCING) & (status[rows, minute + lasts - 1] == PRODUCING)
    row, slot = np.nonzero(happens & free)
    found = Stops("minor_stop", row, minute[row, slot], lasts[row, slot])
    for later in range(LONGEST_MINOR_STOP):
        going_on = later < found.lasts
        status[found.row[going_on], found.minute[going_on] + later] = IDLE
    return found


def _skus(world: World, day: dt.date, rng: Generator, count: int) -> Ints:
    """What is made: as much time for each toy as its sales take to make."""
    toys = catalogue(world)
    needed = toys.wanted(day) * toys.run_time_per_item_s
    return drawn(needed, rng.random((count, 2)))


def _made(
    world: World,
    shifts: MachineShifts,
    status: np.ndarray[tuple[int, ...], np.dtype[np.int8]],
    sku: Ints,
    first: Ints,
    rng: Generator,
) -> Ints:
    """Pieces made since the shift began, at the end of each minute."""
    speed = shifts.plant.speed[shifts.machine][:, None] * rng.uniform(0.94, 1.0, sku.shape)
    a_minute: Floats = MINUTE_S / catalogue(world).run_time_per_item_s[sku] * speed
    is_second = np.arange(status.shape[1])[None, :] >= first[:, 1:]
    pace = np.where(is_second, a_minute[:, 1:], a_minute[:, :1])
    made: Ints = np.floor(np.cumsum(pace * (status == PRODUCING), axis=1)).astype(np.int64)
    return made


def _since_repair(made: Ints, down: Bools) -> Ints:
    """The machine's counter: it restarts at 0 when the machine does."""
    return np.asarray(made - np.maximum.accumulate(np.where(down, made, 0), axis=1))
