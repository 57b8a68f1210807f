"""Planned busy time: the seconds of a day in a shift of the factory and in no planned downtime."""

import datetime as dt

import dataframely as dy
import polars as pl

from mega_toys.domains.manufacturing.silver.downtimes import Downtimes
from mega_toys.domains.manufacturing.silver.factories import Factories
from mega_toys.domains.manufacturing.silver.machines import Machines
from mega_toys.domains.manufacturing.silver.shifts import Shifts

ONE_DAY = dt.timedelta(days=1)
EVENING = dt.timedelta(hours=3)  # longer than any clock is put forward
SECOND_US = 1_000_000
MACHINE_DAY = ["factory_id", "machine_id", "day"]


def busy_time(
    shifts: dy.LazyFrame[Shifts],
    downtimes: dy.LazyFrame[Downtimes],
    machines: dy.LazyFrame[Machines],
    factories: dy.LazyFrame[Factories],
) -> pl.LazyFrame:
    """The `pbt_s` of every machine on every day that a shift of its factory reaches."""
    installed = machines.filter("is_current").select("machine_id", "factory_id", "commissioned_on")
    planned = shift_days(shifts, factories).join(installed, on="factory_id")
    planned = planned.filter(pl.col("day") >= pl.col("commissioned_on"))
    stops = downtimes.filter(pl.col("kind") == "planned")
    stops = stops.select("machine_id", starts_at="started_at", ends_at="ended_at")
    days = planned.select(*MACHINE_DAY, "day_begins_at", "day_ends_at").unique()
    stopped = _within_day(days.join(stops, on="machine_id"))
    return _seconds(pl.concat([*_edges(planned, shifts=1), *_edges(stopped, stops=1)]))


def shift_days(shifts: dy.LazyFrame[Shifts], factories: dy.LazyFrame[Factories]) -> pl.LazyFrame:
    """Each shift once for every day it reaches, with what of it lies in that day.

    A day is the factory's, from midnight to midnight: 23 or 25 hours when the clock changes.
    """
    zones = factories.filter("is_current").select("factory_id", "time_zone")
    first = (pl.col("starts_at").dt.date() - ONE_DAY).clip(dt.date.min, dt.date.max)
    last = (pl.col("ends_at").dt.date() + ONE_DAY).clip(dt.date.min, dt.date.max)
    reached = shifts.select("factory_id", "starts_at", "ends_at", day=pl.date_ranges(first, last))
    days = reached.explode("day").join(zones, on="factory_id")
    return _within_day(
        days.with_columns(
            day_begins_at=midnight(pl.col("day"), pl.col("time_zone")),
            day_ends_at=midnight(pl.col("day") + ONE_DAY, pl.col("time_zone")),
        )
    )


def midnight(day: pl.Expr, time_zone: pl.Expr) -> pl.Expr:
    """The instant at which a day begins in a time zone that each row names."""
    begins = pl.struct(day=day, time_zone=time_zone)
    return begins.map_batches(_midnights, return_dtype=pl.Datetime("us", "UTC"))


def _midnights(days: pl.Series) -> pl.Series:
    """Polars takes one time zone at a time, so each zone's days are done together."""
    begins = pl.lit(None, dtype=pl.Datetime("us", "UTC"))
    for zone in days.struct.field("time_zone").unique().drop_nulls():
        of_zone = pl.col("time_zone") == zone
        begins = pl.when(of_zone).then(_midnight(zone)).otherwise(begins)
    return days.struct.unnest().select(begins.alias(days.name)).to_series()


def _midnight(zone: str) -> pl.Expr:
    """Where the clock is put forward at midnight, the day begins when the evening is over."""
    at = pl.col("day").cast(pl.Datetime("us"))
    on_clock = at.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    evening = (at - EVENING).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return pl.coalesce(on_clock, evening + EVENING).dt.convert_time_zone("UTC")


def _within_day(spans: pl.LazyFrame) -> pl.LazyFrame:
    """What of each span lies in its day; one without end (a null is skipped) lasts all day."""
    return spans.with_columns(
        starts_at=pl.max_horizontal("starts_at", "day_begins_at"),
        ends_at=pl.min_horizontal("ends_at", "day_ends_at"),
    ).filter(pl.col("starts_at") < pl.col("ends_at"))


def _edges(spans: pl.LazyFrame, *, shifts: int = 0, stops: int = 0) -> list[pl.LazyFrame]:
    """Where spans begin and end, with how many more, or fewer, there are from then on."""
    return [
        spans.select(*MACHINE_DAY, at=at, shifts=pl.lit(sign * shifts), stops=pl.lit(sign * stops))
        for at, sign in (("starts_at", 1), ("ends_at", -1))
    ]


def _seconds(edges: pl.LazyFrame) -> pl.LazyFrame:
    """Walk along the edges: time counts while there is a shift and no stop."""
    here = edges.sort(*MACHINE_DAY, "at").with_columns(
        pl.col("shifts", "stops").cum_sum().over(MACHINE_DAY),
        lasts=(pl.col("at").shift(-1) - pl.col("at")).over(MACHINE_DAY),
    )
    busy = (pl.col("shifts") > 0) & (pl.col("stops") == 0)
    lasted = pl.col("lasts").filter(busy).sum().dt.total_microseconds()
    return here.group_by(MACHINE_DAY).agg(pbt_s=lasted / SECOND_US)
