"""How long a reading holds: what a machine did and used between one reading and the next."""

import datetime as dt

import dataframely as dy
import polars as pl

from mega_toys.domains.manufacturing.silver.machine_readings import MachineReadings

LONGEST_HOLD = dt.timedelta(seconds=60)


def with_held_time(readings: dy.LazyFrame[MachineReadings]) -> pl.LazyFrame:
    """The readings, with the `held_us` of each, in microseconds, and its new `cycles`.

    A reading holds until the machine's next one of the day, at most a minute; the last of a day
    holds no time. A counter that falls was restarted; over midnight nothing counts.
    """
    count, at = pl.col("cycle_count"), pl.col("ts")
    until_next = _in_turn(at.shift(-1) - at)
    before = _in_turn(count.forward_fill().shift(1))
    return readings.with_columns(
        held_us=until_next.clip(upper_bound=LONGEST_HOLD).dt.total_microseconds().fill_null(0),
        cycles=pl.when(count >= before).then(count - before).when(count < before).then(count),
    )


def _in_turn(one: pl.Expr) -> pl.Expr:
    """Of the readings of a machine and day, in the order of time: to sort all costs twice that."""
    return one.over("machine_id", "day", order_by=("ts", "event_id"))
