"""What the manufacturing execution system notes: production orders and stops of machines."""

import datetime as dt
from functools import lru_cache

import numpy as np
import polars as pl

from mega_toys.simulator.catalogue import catalogue
from mega_toys.simulator.shop_floor import Floor, Stops, floor
from mega_toys.simulator.world import MINUTE_S, Generator, Ints, World, instants, one_of

KINDS = ["planned", "planned", "minor_stop", "malfunction"]
PLANNED = ["break", "maintenance"]
MINOR = ["jammed feed", "part missing", "sensor blocked", "box misaligned"]
BROKEN = ["bearing worn", "motor overheated", "hydraulics leaking", "gearbox seized"]
REASON_FROM, REASONS = np.array([0, 1, 2, 6]), np.array([1, 1, 4, 4])  # of each kind


@lru_cache(maxsize=4)
def ended_orders(world: World, day: dt.date) -> pl.DataFrame:
    """The production orders of the day, as they ended: one row each, two a machine shift."""
    here, toys, rng = floor(world, day), catalogue(world), world.rng("quality", day)
    row, slot = (at.ravel() for at in np.indices(here.sku.shape))
    produced, sku = here.produced[row, slot], here.sku[row, slot]
    begins = here.shifts.starts_s[row]
    started = begins + here.first[row, slot] * MINUTE_S
    ended = begins + here.last[row, slot] * MINUTE_S
    scrap, rework = _bad(here, row, produced, rng)
    label = pl.Series(here.shifts.labels, dtype=pl.String)[row] + one_of(["1", "2"], slot)
    return pl.DataFrame(
        {
            "order_id": "PO-" + label,
            "factory_id": one_of(here.shifts.factory_ids, row),
            "machine_id": one_of(here.shifts.machine_ids, row),
            "sku": one_of(toys.sku, sku),
            "lot_id": "L-" + label,
            "planned_run_time_per_item_s": toys.run_time_per_item_s[sku],
            "started_at": instants(started),
            "ended_at": instants(ended),
            "produced_quantity": produced,
            "good_quantity": produced - scrap - rework,
            "scrap_quantity": scrap,
            "rework_quantity": rework,
            "updated_at": instants(ended + rng.integers(30, 300, len(row))),
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
    here = floor(world, day)
    broken = Stops("malfunction", here.broken.row, here.broken.minute, here.broken.lasts)
    all_stops = (*here.stops, broken)
    kind = np.repeat(np.arange(len(KINDS)), [len(stops.row) for stops in all_stops])
    if not len(kind):
        return None
    row = np.concatenate([stops.row for stops in all_stops])
    minute = np.concatenate([stops.minute for stops in all_stops])
    starts = here.shifts.starts_s[row] + minute * MINUTE_S
    ends = starts + np.concatenate([stops.lasts for stops in all_stops]) * MINUTE_S
    labels = pl.Series(here.shifts.labels, dtype=pl.String)[row]
    reason = REASON_FROM[kind] + world.rng("reasons", day).integers(0, 12, len(row)) % REASONS[kind]
    over = pl.DataFrame(
        {
            "downtime_id": one_of(["BRK-", "SVC-", "MIN-", "MAL-"], kind)
            + labels
            + pl.Series(minute).cast(pl.String).str.pad_start(4, "-"),
            "factory_id": one_of(here.shifts.factory_ids, row),
            "machine_id": one_of(here.shifts.machine_ids, row),
            "kind": one_of(KINDS, kind),
            "reason": one_of([*PLANNED, *MINOR, *BROKEN], reason),
            "started_at": instants(starts),
            "ended_at": instants(ends),
            "updated_at": instants(ends + MINUTE_S),
        }
    )
    return pl.concat([over, _going_on(over)]).with_columns(_at="updated_at")


def _going_on(over: pl.DataFrame) -> pl.DataFrame:
    """The first version of a malfunction, when nobody knows how long it lasts."""
    return over.filter(kind="malfunction").with_columns(
        ended_at=pl.lit(None, dtype=over.schema["ended_at"]),
        updated_at=pl.col("started_at") + pl.duration(seconds=90),
    )
