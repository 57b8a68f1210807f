"""How long a reading holds: what a machine did and used between one reading and the next."""

import datetime as dt

import dataframely as dy
import polars as pl

from mega_toys.domains.manufacturing.silver.machine_readings import MachineReadings

LONGEST_HOLD = dt.timedelta(seconds=60)


def with_held_time(readings: dy.LazyFrame[MachineReadings]) -> pl.LazyFrame:
    """The readings in order, with the `held_us` of each, in microseconds, and its new `cycles`.

    A reading holds until the machine's next one of the day, at most a minute; the last of a day
    holds no time. A counter that falls was restarted; over midnight nothing counts.
    """
    of_machine_and_day = ["machine_id", "day"]
    until_next = (pl.col("ts").shift(-1) - pl.col("ts")).over(of_machine_and_day)
    count = pl.col("cycle_count")
    before = count.forward_fill().shift(1).over(of_machine_and_day)
    return readings.sort(*of_machine_and_day, "ts", "event_id").with_columns(
        held_us=until_next.clip(upper_bound=LONGEST_HOLD).dt.total_microseconds().fill_null(0),
        cycles=pl.when(count >= before).then(count - before).when(count < before).then(count),
    )
