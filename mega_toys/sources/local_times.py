"""Local times of a server, as the instants that they are in their zone."""

import datetime as dt
from zoneinfo import ZoneInfo

import polars as pl

LAYOUT, UTC = "%Y-%m-%d %H:%M:%S%.f", "+00:00"
REPEATED = dt.timedelta(hours=1)  # of local times, where summer time ends
_EXACT = len("2026-01-01 00:00:00.123456")  # what Polars tells apart


def as_instants(local: pl.Expr, zone: str) -> pl.Expr:
    """Texts of local times as texts of instants; what is none of our calendar as it is."""
    times = local.str.head(_EXACT).str.to_datetime(LAYOUT, time_unit="us", strict=False)
    zoned = times.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null")
    utc = zoned.dt.convert_time_zone("UTC")
    told = utc.dt.strftime("%Y-%m-%d %H:%M:%S%.6f") + local.str.slice(_EXACT) + UTC
    return pl.when(utc.dt.year().is_between(1, 9999)).then(told).otherwise(local)


def local_bound(since: dt.datetime, zone: str) -> dt.datetime:
    """The local time from which on all are looked at that may be no earlier than an instant.

    An hour earlier: one is told twice where summer time ends.
    """
    local = since.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return local - REPEATED if local.year > 1 else local


def utc_bound(since: dt.datetime) -> dt.datetime:
    """An instant as a server's time in UTC, without a zone."""
    return since.astimezone(dt.UTC).replace(tzinfo=None)
