"""Overall equipment effectiveness (ISO 22400-2), per machine and per factory."""

import math
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from mega_toys_tests.oracle.datasets import QUANTITIES

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Span = tuple[datetime, datetime]
TIMES = ("pbt_s", "apt_s", "asut_s", "adet_s")
ELEMENTS = (*TIMES, *QUANTITIES, "planned_run_time_s")
FOREVER = datetime.max.replace(tzinfo=UTC)


def ratio(above: float | None, below: float | None) -> float | None:
    """Their quotient; null where the denominator is 0 or a part is null."""
    return None if above is None or not below else above / below


def ratios(row: Row) -> Row:
    """The ratios of summed elements."""
    apt, produced = row["apt_s"], row["produced_quantity"]
    parts = {
        "availability": ratio(apt, row["pbt_s"]),
        "effectiveness": ratio(row["planned_run_time_s"], apt),
        "quality_ratio": ratio(row["good_quantity"], produced),
    }
    known = [part for part in parts.values() if part is not None]
    return {
        **parts,
        "oee": math.prod(known) if len(known) == len(parts) else None,
        "scrap_ratio": ratio(row["scrap_quantity"], produced),
        "utilization_efficiency": ratio(apt, apt + row["asut_s"] + row["adet_s"]),
        "technical_efficiency": ratio(apt, apt + row["adet_s"]),
    }


def day_span(day: date, zone: ZoneInfo) -> Span:
    """From midnight to midnight in the zone."""
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    return start, datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def clipped(spans: Iterable[Span], whole: Span) -> list[Span]:
    """The parts of the spans that lie in the whole."""
    cut = [(max(start, whole[0]), min(end, whole[1])) for start, end in spans]
    return [span for span in cut if span[0] < span[1]]


def seconds_only_in(shifts: list[Span], stops: list[Span]) -> float:
    """Seconds in at least one of the shifts and in none of the stops."""
    edges = sorted({edge for span in shifts + stops for edge in span})
    total = 0.0
    for start, end in pairwise(edges):
        planned = any(s <= start and end <= e for s, e in shifts)
        stopped = any(s <= start and end <= e for s, e in stops)
        total += (end - start).total_seconds() if planned and not stopped else 0.0
    return total


def days_reached(spans: Iterable[Span], zone: ZoneInfo) -> set[date]:
    """Every day of the zone in which a span has some time."""
    days = set()
    for start, end in spans:
        day = start.astimezone(zone).date()
        while day_span(day, zone)[0] < end:
            days.add(day)
            day += timedelta(days=1)
    return days


def oee_daily(silver: Tables, hourly: list[Row]) -> list[Row]:
    """One row per machine and day that a shift of its factory reaches."""
    zones = {
        row["factory_id"]: ZoneInfo(row["time_zone"])
        for row in silver["manufacturing.silver.factories"]
        if row["is_current"]
    }
    rows = []
    for machine in silver["manufacturing.silver.machines"]:
        if not machine["is_current"]:
            continue
        factory_id, machine_id = machine["factory_id"], machine["machine_id"]
        zone = zones[factory_id]
        shifts = [
            (shift["starts_at"], shift["ends_at"])
            for shift in silver["manufacturing.silver.shifts"]
            if shift["factory_id"] == factory_id
        ]
        stops = [
            (stop["started_at"], stop["ended_at"] or FOREVER)
            for stop in silver["manufacturing.silver.downtimes"]
            if stop["machine_id"] == machine_id and stop["kind"] == "planned"
        ]
        for day in sorted(days_reached(shifts, zone)):
            if day >= machine["commissioned_on"]:
                whole = day_span(day, zone)
                busy = seconds_only_in(clipped(shifts, whole), clipped(stops, whole))
                elements = elements_of(silver, hourly, machine_id, day) | {"pbt_s": busy}
                rows.append(
                    {"factory_id": factory_id, "machine_id": machine_id, "day": day, **elements}
                )
    return [{**row, **ratios(row)} for row in rows]


def elements_of(silver: Tables, hourly: list[Row], machine_id: str, day: date) -> Row:
    """What the machine's readings say of the day, and its orders ended that day."""
    hours = [hour for hour in hourly if (hour["machine_id"], hour["day"]) == (machine_id, day)]
    orders = [
        order
        for order in silver["manufacturing.silver.production_orders"]
        if (order["machine_id"], order["day"]) == (machine_id, day)
        and order["ended_at"] is not None
    ]
    return {
        "apt_s": math.fsum(hour["producing_s"] for hour in hours),
        "asut_s": math.fsum(hour["setup_s"] for hour in hours),
        "adet_s": math.fsum(hour["down_s"] for hour in hours),
        **{name: sum(order[name] for order in orders) for name in QUANTITIES},
        "planned_run_time_s": math.fsum(
            order["planned_run_time_per_item_s"] * order["produced_quantity"] for order in orders
        ),
    }


def factory_oee_daily(of_machines: list[Row]) -> list[Row]:
    """The same per factory, from the summed elements."""
    rows = []
    for factory_id, day in sorted({(row["factory_id"], row["day"]) for row in of_machines}):
        found = [row for row in of_machines if (row["factory_id"], row["day"]) == (factory_id, day)]
        summed = {name: sum(row[name] for row in found) for name in ELEMENTS}
        rows.append({"factory_id": factory_id, "day": day, **summed, **ratios(summed)})
    return rows
