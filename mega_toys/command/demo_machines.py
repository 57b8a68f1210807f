"""What the demo tells of the machines: how well they ran, and what held up the worst."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import polars as pl

from mega_toys.lake.reading.reader import Reader

_ENDS = 3  # machines shown of the best, and of the worst
_WHY = {
    "availability": "it produced for less of its planned time",
    "effectiveness": "it ran slower than planned",
    "quality_ratio": "it made much scrap and rework",
}
_STOPS = {"minor_stop": "minor stops", "malfunction": "breakdowns"}  # planned ones lose no time
_LOST = ("pbt_s", "apt_s", "asut_s")  # planned, producing, setup
_HOUR_S = 3600


def machines(lake: Reader) -> tuple[str, pl.DataFrame, list[str]]:
    """Ratios of sums, never means of ratios."""
    elements = (*_LOST, "planned_run_time_s", "good_quantity", "produced_quantity")
    daily = lake.scan("manufacturing.gold.oee_daily")
    sums = daily.group_by("machine_id", "factory_id").agg(pl.col(elements).sum())
    ratios = sums.with_columns(
        availability=pl.col("apt_s") / pl.col("pbt_s"),
        effectiveness=pl.col("planned_run_time_s") / pl.col("apt_s"),
        quality_ratio=pl.col("good_quantity") / pl.col("produced_quantity"),
    ).with_columns(oee=pl.col("availability") * pl.col("effectiveness") * pl.col("quality_ratio"))
    shown = ratios.select("machine_id", "factory_id", *_WHY, "oee", *_LOST).filter(
        pl.col("oee").is_finite()
    )
    rows = shown.sort("oee", descending=True).collect()
    renamed = rows.drop(_LOST).rename({"machine_id": "machine", "factory_id": "factory"})
    title = "The best and the worst machines by OEE (equipment effectiveness, ISO 22400)"
    return title, _ends(renamed), list(_about_machines(rows, lake))


def _ends(rows: pl.DataFrame) -> pl.DataFrame:
    return rows if rows.height <= 2 * _ENDS else pl.concat([rows.head(_ENDS), rows.tail(_ENDS)])


def _about_machines(rows: pl.DataFrame, lake: Reader) -> Iterator[str]:
    if rows.is_empty():
        return
    best, worst = rows.row(0, named=True), rows.row(-1, named=True)
    yield f"Best: {best['machine_id']} with an OEE of {best['oee']:.0%}."
    lag = {name: worst[name] / best[name] for name in _WHY if best[name]}
    why = _WHY[min(lag, key=lag.__getitem__)] if lag else "it hardly ran"
    yield f"Worst: {worst['machine_id']} with {worst['oee']:.0%}, since {why}."
    yield from _about_lost_time(worst, lake)
    yield from _about_breakdown(worst["machine_id"], lake)


def _about_lost_time(machine: dict[str, Any], lake: Reader) -> Iterator[str]:
    """What took most of the planned time in which it did not produce."""
    lost_h = (machine["pbt_s"] - machine["apt_s"]) / _HOUR_S
    causes = [(machine["asut_s"] / _HOUR_S, "setup"), *_stops(machine["machine_id"], lake)]
    most = sorted((cause for cause in causes if cause[0]), reverse=True)[:2]
    if most:
        told = ",\n".join(f"{hours:.1f} h to {what}" for hours, what in most)
        yield f"It lost {lost_h:.1f} h of its planned time: {told}."


def _stops(machine_id: str, lake: Reader) -> Iterator[tuple[float, str]]:
    """The hours of its unplanned stops by kind, with the reason that took most of them."""
    stops = lake.scan("manufacturing.silver.downtimes").filter(machine_id=machine_id)
    lasted = (pl.col("ended_at") - pl.col("started_at")).dt.total_seconds() / _HOUR_S
    hours = stops.group_by("kind", "reason").agg(hours=lasted.sum()).collect()
    for kind, said in _STOPS.items():
        mine = hours.filter(kind=kind).sort("hours", "reason", descending=True).rows()
        first = f" (first of all {mine[0][1]})" if mine and mine[0][1] else ""
        yield sum(row[2] for row in mine), f"{said}{first}"


def _about_breakdown(machine_id: str, lake: Reader) -> Iterator[str]:
    """Its longest breakdown, and what its sensors said before."""
    stops = lake.scan("manufacturing.silver.downtimes").filter(machine_id=machine_id)
    lasted = (pl.col("ended_at") - pl.col("started_at")).dt.total_minutes()
    broken = stops.filter(kind="malfunction").with_columns(minutes=lasted).drop_nulls("minutes")
    longest = broken.sort("minutes", "downtime_id").tail(1).collect().to_dicts()
    for stop in longest:
        reason, begun = stop["reason"] or "for no known reason", stop["started_at"]
        yield f"Its longest breakdown: {reason}, {stop['minutes'] / 60:.1f} h on {begun:%d %B}."
        usual, before = _vibration(machine_id, begun, lake)
        if usual and before and before > usual:
            yield f"In the hour before, it shook {before / usual:.1f} times as much as usual."


def _vibration(machine_id: str, at: dt.datetime, lake: Reader) -> tuple[float | None, float | None]:
    """The mean vibration while it produces: in general, and in the hour before an instant."""
    readings = lake.scan("manufacturing.silver.machine_readings")
    mine = readings.filter(machine_id=machine_id, status="producing")
    just_before = pl.col("ts").is_between(at - dt.timedelta(hours=1), at)
    speed = pl.col("vibration_mm_s")
    found = mine.select(speed.median().alias("usual"), before=speed.filter(just_before).mean())
    return found.collect().row(0)
