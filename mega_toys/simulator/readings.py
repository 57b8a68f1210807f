"""Readings of the machines: one a minute in a shift, one every quarter of an hour outside."""

import datetime as dt
from functools import lru_cache

import numpy as np
import polars as pl

from mega_toys.simulator.machine_shifts import breakdowns, machine_shifts
from mega_toys.simulator.places import Factory, instant_s
from mega_toys.simulator.plant import plant, shifts_on, span_s
from mega_toys.simulator.shop_floor import DOWN, OFF, STATUSES, Floor, floor
from mega_toys.simulator.world import MINUTE_S, Floats, Ints, World, instants, one_of

ANNOUNCED_MINUTES = 600  # before a breakdown
GROWS_IN_MINUTES = 150.0
SMOOTHED_MINUTES = 20
QUIET_S = 15 * MINUTE_S
LATENCY_S = 2.0
VIBRATION = np.array([1.0, 0.45, 0.25, 0.08, 0.05])  # by status
TEMPERATURE_C = np.array([62.0, 46.0, 41.0, 29.0, 22.0])
POWER = np.array([1.0, 0.5, 0.3, 0.08, 0.02])


def telemetry(world: World, day: dt.date) -> pl.DataFrame:
    """The readings of all machines on the day of their factory."""
    working, quiet = _working(world, day), _quiet(world, day)
    return pl.concat([working, quiet]) if working.height else quiet


def _working(world: World, day: dt.date) -> pl.DataFrame:
    here = floor(world, day)
    rng = world.rng("readings", day)
    alarm, heat = _alarm(world, day), _temperature(here)
    row, minute = np.nonzero(here.status != OFF)
    status, machine = here.status[row, minute].astype(np.int64), here.shifts.machine[row]
    ramp, of = alarm[row, minute] * (status != DOWN), here.shifts.plant
    second = of.second[machine] + np.floor(rng.random(len(row)) * 900) / 1000
    at = here.shifts.starts_s[row] + minute * MINUTE_S + second
    vibration = of.vibration_mm_s[machine] * VIBRATION[status] * (1 + 2.6 * ramp)
    return _frame(
        world,
        machine,
        at,
        status,
        vibration * rng.uniform(0.9, 1.1, len(row)),
        heat[row, minute] + 19 * ramp + rng.normal(0, 0.6, len(row)),
        of.power_kw[machine] * POWER[status] * rng.uniform(0.95, 1.05, len(row)),
        pl.Series("cycle_count", here.counter[row, minute]),
    )


def _frame(
    world: World,
    machine: Ints,
    at: Floats,
    status: Ints,
    vibration: Floats,
    temperature: Floats,
    power: Floats,
    cycle_count: pl.Series,
) -> pl.DataFrame:
    here = plant(world)
    names = [factory.factory_id for factory in here.factories]
    frame = pl.DataFrame(
        {
            "factory_id": one_of(names, here.factory[machine]),
            "machine_id": one_of(here.machine_id, machine),
            "ts": instants(at),
            "temperature_c": np.round(temperature, 2),
            "vibration_mm_s": np.round(np.maximum(vibration, 0), 3),
            "power_kw": np.round(np.maximum(power, 0), 2),
            "cycle_count": cycle_count,
            "status": one_of(list(STATUSES), status),
            "_at": instants(at + LATENCY_S),
        }
    )
    stamp = pl.col("ts").dt.epoch("s").cast(pl.String)
    return frame.select(event_id=pl.col("machine_id") + "-" + stamp).hstack(frame)


def _temperature(here: Floor) -> Floats:
    """A machine warms and cools slowly: the mean of its last minutes."""
    target = TEMPERATURE_C[here.status]
    summed = np.cumsum(target, axis=1)
    before = np.zeros_like(summed)
    before[:, SMOOTHED_MINUTES:] = summed[:, :-SMOOTHED_MINUTES]
    width = np.minimum(np.arange(1, summed.shape[1] + 1), SMOOTHED_MINUTES)[None, :]
    return np.asarray((summed - before) / width)


def _alarm(world: World, day: dt.date) -> Floats:
    """From 0 to 1: how loudly each minute announces the machine's next breakdown."""
    shifts = machine_shifts(world, day)
    alarm = np.zeros(floor(world, day).status.shape)
    minutes = np.arange(alarm.shape[1])
    for on in (day, day + dt.timedelta(1)):
        others, broken = machine_shifts(world, on), breakdowns(world, on)
        for row, minute in zip(broken.row.tolist(), broken.minute.tolist(), strict=True):
            at = (others.starts_s[row] - shifts.starts_s) // MINUTE_S + minute
            heard = (shifts.machine == others.machine[row]) & (at > 0)
            heard &= at - shifts.minutes < ANNOUNCED_MINUTES
            for mine in np.flatnonzero(heard):
                left = at[mine] - minutes
                alarm[mine] += np.where(left > 0, np.exp(-left / GROWS_IN_MINUTES), 0)
    return np.minimum(alarm, 1.0)


def _quiet(world: World, day: dt.date) -> pl.DataFrame:
    """A machine that is off says so now and then, without its counter."""
    here, rng = plant(world), world.rng("quiet", day)
    times = [_free(factory, day) for factory in here.factories]
    machine = np.repeat(np.arange(len(here.factory)), [len(times[f]) for f in here.factory])
    at = np.concatenate([times[factory] for factory in here.factory]) + here.second[machine]
    off = np.full(len(machine), OFF)
    return _frame(
        world,
        machine,
        at.astype(np.float64),
        off,
        here.vibration_mm_s[machine] * 0.04 * rng.uniform(0.5, 1.5, len(machine)),
        rng.normal(TEMPERATURE_C[OFF], 0.8, len(machine)),
        here.power_kw[machine] * POWER[OFF],
        pl.Series("cycle_count", [None] * len(machine), dtype=pl.Int64),
    )


@lru_cache(maxsize=64)
def _free(factory: Factory, day: dt.date) -> Ints:
    """Every quarter of an hour of the day on which no shift works."""
    begins = instant_s(factory.time_zone, day, 0)
    quarters = np.arange(begins, instant_s(factory.time_zone, day, 24), QUIET_S)
    works = np.zeros(len(quarters), dtype=np.bool_)
    for on in (day - dt.timedelta(1), day):
        for shift in shifts_on(factory, on):
            starts, ends = span_s(factory, on, shift)
            works |= (quarters >= starts) & (quarters < ends)
    return quarters[~works]
