"""What the manufacturing execution system notes: production orders and stops of machines."""

import datetime as dt
from functools import lru_cache

import numpy as np
import polars as pl

from mega_toys.simulator.catalogue import catalogue
from mega_toys.simulator.machine_shifts import MachineShifts
from mega_toys.simulator.shop_floor import Floor, Stops, floor
from mega_toys.simulator.world import MINUTE_S, Generator, Ints, World, instants, one_of

MINOR = ["jammed feed", "part missing", "sensor blocked", "box misaligned"]
BROKEN = ["bearing worn", "motor overheated", "hydraulics leaking", "gearbox seized"]


@lru_cache(maxsize=4)
def ended_orders(world: World, day: dt.date) -> pl.DataFrame:
    """The production orders of the day, as they ended: one row each, two a machine shift."""
    here = floor(world, day)
    row, slot = (at.ravel() for at in np.indices(here.sku.shape))
    produced, started, ended = (
        here.produced[row, slot],
        here.shifts.starts_s[row] + here.first[row, slot] * MINUTE_S,
        here.shifts.starts_s[row] + here.last[row, slot] * MINUTE_S,
    )
    rng = world.rng("quality", day)
    scrap, rework = _bad(here, row, produced, rng)
    toys = catalogue(world)
    sku = here.sku[row, slot]
    noted = ended + rng.integers(30, 300, len(row))
    names = pl.Series(here.shifts.labels, dtype=pl.String).gather(row)
    number = pl.Series(slot + 1).cast(pl.String)
    return pl.DataFrame(
        {
            "order_id": "PO-" + names + number,
            "factory_id": one_of(here.shifts.factory_ids, row),
            "machine_id": one_of(here.shifts.machine_ids, row),
            "sku": one_of(toys.sku, sku),
            "lot_id": "L-" + names + number,
            "planned_run_time_per_item_s": toys.run_time_per_item_s[sku],
            "started_at": instants(started),
            "ended_at": instants(ended),
            "produced_quantity": produced,
            "good_quantity": produced - scrap - rework,
            "scrap_quantity": scrap,
            "rework_quantity": rework,
            "updated_at": instants(noted),
            "_weight_kg": toys.weight_kg[sku],
        }
    ).filter(pl.col("produced_quantity") > 0)


def _bad(here: Floor, row: Ints, produced: Ints, rng: Generator) -> tuple[Ints, Ints]:
    """Neglected machines spoil more, and so does a machine that breaks down."""
    share = 0.006 + 0.035 * (1 - here.shifts.care[row])
    share = share + 0.04 * np.isin(row, here.broken.row)
    scrap = rng.binomial(produced, share)
    return scrap, rng.binomial(produced - scrap, share / 2)


def production_orders(world: World, day: dt.date) -> pl.DataFrame:
    """Two versions of each order: begun, without quantities, and ended."""
    ended = ended_orders(world, day).drop("_weight_kg")
    quantities = pl.col("^.*_quantity$") * 0
    begun = ended.with_columns(
        quantities,
        updated_at=pl.col("started_at") + pl.duration(seconds=20),
        ended_at=pl.lit(None, dtype=ended.schema["ended_at"]),
    )
    return pl.concat([begun, ended]).with_columns(_at="updated_at")


def downtimes(world: World, day: dt.date) -> pl.DataFrame | None:
    """Planned and minor stops when they are over; a malfunction also while it lasts."""
    here, rng = floor(world, day), world.rng("reasons", day)
    broken = Stops("malfunction", here.broken.row, here.broken.minute, here.broken.lasts)
    frames = [_stops(here.shifts, stops, rng) for stops in (*here.stops, broken) if len(stops.row)]
    if not frames:
        return None
    over = pl.concat(frames)
    going_on = over.filter(kind="malfunction").with_columns(
        ended_at=pl.lit(None, dtype=over.schema["ended_at"]),
        updated_at=pl.col("started_at") + pl.duration(seconds=90),
    )
    return pl.concat([over, going_on]).with_columns(_at="updated_at")


def _stops(shifts: MachineShifts, stops: Stops, rng: Generator) -> pl.DataFrame:
    starts = shifts.starts_s[stops.row] + stops.minute * MINUTE_S
    ends = starts + stops.lasts * MINUTE_S
    labels = pl.Series(shifts.labels, dtype=pl.String).gather(stops.row)
    minutes = pl.Series(stops.minute).cast(pl.String).str.zfill(3)
    reasons = {"minor_stop": MINOR, "malfunction": BROKEN}.get(stops.kind, [stops.kind])
    planned = stops.kind in ("break", "maintenance")
    return pl.DataFrame(
        {
            "downtime_id": f"{stops.kind[:3].upper()}-" + labels + "-" + minutes,
            "factory_id": one_of(shifts.factory_ids, stops.row),
            "machine_id": one_of(shifts.machine_ids, stops.row),
            "kind": ["planned" if planned else stops.kind] * len(stops.row),
            "reason": one_of(reasons, rng.integers(0, len(reasons), len(stops.row))),
            "started_at": instants(starts),
            "ended_at": instants(ends),
            "updated_at": instants(ends + 60),
        }
    )


