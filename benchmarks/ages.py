"""What the same news cost as a lake gets older: `python -m benchmarks.ages --ages 10 100 365`.

All tables of the toy company, small days. At each age: what it took to catch up, a refresh that
finds nothing new, the one after it, the status, one more day, and orders that came late for five
old days.
"""

import argparse
import datetime as dt
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

import mega_toys
from benchmarks.measure import MEGA_TOYS, Cost, cost_of, roots

FIRST_DAY = dt.date(2025, 3, 1)
WHAT = ("catching up", "a first look", "no news", "status", "one more day", "late orders")
OLD_DAYS, ORDERS_A_DAY = 5, 4
Figures = dict[int, dict[str, Cost]]


def main() -> None:
    """Measure at each age, print it beside the first one, and write it down where asked for."""
    asked = _parser().parse_args()
    figures = measured(asked.ages, asked.scale)
    if asked.output:
        asked.output.write_text(json.dumps(figures, indent=1) + "\n")


def measured(ages: Iterable[int], scale: float) -> dict[str, Any]:
    """What each piece of news cost at each age, in days."""
    with tempfile.TemporaryDirectory(prefix="mega_toys_bench_") as folder:
        company = _Company(Path(folder), scale)
        figures = {age: dict(company.at(age)) for age in sorted(ages)}
    _print(figures)
    told = {
        str(age): {what: asdict(cost) for what, cost in by.items()} for age, by in figures.items()
    }
    return {"scale": scale, "ages": told}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ages", description=__doc__)
    parser.add_argument("--ages", type=int, nargs="+", default=[10, 100], help="days (10 100)")
    parser.add_argument("--scale", type=float, default=0.002, help="of the company (0.002)")
    parser.add_argument("--output", type=Path, help="write the figures into this JSON file")
    return parser


class _Company:
    """Landing zone and lake of a company that grows older."""

    def __init__(self, folder: Path, scale: float) -> None:
        self._settings, self._scale, self._days = roots(folder), scale, 0

    def at(self, age: int) -> Iterator[tuple[str, Cost]]:
        """What each costs once so many days are there; the last day is the one more."""
        self._deliver(age - 1 - self._days)
        yield "catching up", self._refresh()
        yield "a first look", self._refresh()
        yield "no news", self._refresh()
        yield "status", cost_of((*MEGA_TOYS, "status"), self._settings, most=1)
        self._deliver(1)
        yield "one more day", self._refresh()
        self._deliver_late()
        yield "late orders", self._refresh()

    def _deliver(self, days: int) -> None:
        self._days += days
        until = FIRST_DAY + dt.timedelta(self._days - 1)
        told = ("--days", str(days), "--until", str(until), "--scale", str(self._scale))
        cost_of((*MEGA_TOYS, "simulate", *told), self._settings)

    def _refresh(self) -> Cost:
        cost = cost_of((*MEGA_TOYS, "refresh"), self._settings)
        print(f"{self._days} days: {cost.cpu_s:.1f} CPU s", flush=True)
        return cost

    def _deliver_late(self) -> None:
        """Orders of five old days, under new numbers, land on the newest day."""
        newest = FIRST_DAY + dt.timedelta(self._days - 1)
        rows = _orders(self._settings["MEGA_TOYS_LAKE_ROOT"], f"late-{self._days}")
        folder = Path(self._settings["MEGA_TOYS_LANDING_ROOT"], "commerce", "orders", str(newest))
        folder.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(row) + "\n" for row in rows]
        (folder / f"late-{self._days}.ndjson").write_text("".join(lines))


def _orders(lake_root: str, mark: str) -> list[dict[str, object]]:
    """Orders of the oldest days that have some, as the web shop sends them."""
    lake = mega_toys.open(lake_root)
    fields = lake.catalog["commerce.bronze.orders"].fields
    placed = lake.scan("commerce.silver.orders").select("day", "order_id").sort("day", "order_id")
    days = placed.select(pl.col("day").unique().sort().head(OLD_DAYS)).collect()["day"].to_list()
    chosen = placed.filter(pl.col("day").is_in(days)).group_by("day").head(ORDERS_A_DAY)
    sent = lake.scan("commerce.bronze.orders").unique("order_id")
    rows = chosen.join(sent, on="order_id").select(list(fields)).collect().to_dicts()
    return [
        {
            name: json.loads(value) if fields[name].type in ("list", "object") and value else value
            for name, value in (row | {"order_id": f"{row['order_id']}-{mark}"}).items()
        }
        for row in rows
    ]


def _print(figures: Figures) -> None:
    print(f"\n{'CPU s':16}" + "".join(f"{f'{age} days':>12}" for age in figures))
    for what in WHAT:
        costs = [figures[age][what].cpu_s for age in figures]
        ratio = f"{costs[-1] / costs[0]:10.2f} x" if what != WHAT[0] else ""
        print(f"{what:16}" + "".join(f"{cpu_s:12.1f}" for cpu_s in costs) + ratio)
    peaks = [figures[age]["catching up"].peak_mb for age in figures]
    print(f"{'its peak, MB':16}" + "".join(f"{peak_mb:12,.0f}" for peak_mb in peaks))


if __name__ == "__main__":
    main()
