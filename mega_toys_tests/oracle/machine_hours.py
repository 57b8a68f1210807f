"""machine_hourly: what each machine's readings say about each of its hours."""

import math
from collections import defaultdict
from datetime import date, datetime
from itertools import groupby, pairwise
from typing import Any

Row = dict[str, Any]
HELD_AT_MOST_S = 60.0
STATUSES = ("producing", "setup", "idle", "down", "off")
MEASURES = ("temperature_c", "vibration_mm_s")


def percentile(values: list[float], share: float) -> float | None:
    """By linear interpolation between the closest ranks."""
    if not values:
        return None
    ordered = sorted(values)
    rank = share * (len(ordered) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)


def measured(readings: list[Row], name: str) -> Row:
    """Mean, extremes and 95th percentile of one measure."""
    values = [reading[name] for reading in readings if reading[name] is not None]
    return {
        f"{name}_mean": math.fsum(values) / len(values) if values else None,
        f"{name}_min": min(values, default=None),
        f"{name}_max": max(values, default=None),
        f"{name}_p95": percentile(values, 0.95),
    }


def held_seconds(readings: list[Row]) -> list[float]:
    """How long each reading of a machine's day holds."""
    gaps = [
        min((later["ts"] - earlier["ts"]).total_seconds(), HELD_AT_MOST_S)
        for earlier, later in pairwise(readings)
    ]
    return [*gaps, 0.0]


def cycles_by_hour(readings: list[Row]) -> dict[int, int]:
    """The increases of the counter, in the hour of the later reading; a restart counts anew."""
    cycles: defaultdict[int, int] = defaultdict(int)
    counted = [reading for reading in readings if reading["cycle_count"] is not None]
    for earlier, later in pairwise(counted):
        before, after = earlier["cycle_count"], later["cycle_count"]
        cycles[later["hour"]] += after - before if after >= before else after
    return cycles


def hours_of_day(machine_id: str, day: date, readings: list[Row]) -> list[Row]:
    """The hours of one machine's day that have readings."""
    held = held_seconds(readings)
    cycles = cycles_by_hour(readings)
    by_hour: defaultdict[int, list[tuple[Row, float]]] = defaultdict(list)
    for reading, seconds in zip(readings, held, strict=True):
        by_hour[reading["hour"]].append((reading, seconds))
    return [
        {
            "machine_id": machine_id,
            "day": day,
            "hour": hour,
            "readings": len(pairs),
            **measured([reading for reading, _ in pairs], "temperature_c"),
            **measured([reading for reading, _ in pairs], "vibration_mm_s"),
            "energy_kwh": math.fsum((r["power_kw"] or 0) * s / 3600 for r, s in pairs),
            **{
                f"{status}_s": math.fsum(s for r, s in pairs if r["status"] == status)
                for status in STATUSES
            },
            "cycles": cycles.get(hour, 0),
        }
        for hour, pairs in by_hour.items()
    ]


def machine_hourly(readings: list[Row]) -> list[Row]:
    """One row per machine, day and hour with readings."""

    def machine_day(reading: Row) -> tuple[str, date]:
        return reading["machine_id"], reading["day"]

    def order(reading: Row) -> tuple[tuple[str, date], datetime, str]:
        return machine_day(reading), reading["ts"], reading["event_id"]

    days = groupby(sorted(readings, key=order), key=machine_day)
    return [
        row
        for (machine_id, day), found in days
        for row in hours_of_day(machine_id, day, list(found))
    ]
