"""The company at work: what each day brings about, handed over on the day it arrives."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np
import polars as pl

from mega_toys.simulator import catalogue, customers, exchange, plant, production, stock
from mega_toys.simulator.lots import lot_events
from mega_toys.simulator.orders import orders
from mega_toys.simulator.readings import telemetry
from mega_toys.simulator.visits import web_events
from mega_toys.simulator.wholesale import sales_ledger
from mega_toys.simulator.world import World, instants, midnight_s

ONE_DAY = dt.timedelta(days=1)
LOOKS_BACK = dt.timedelta(days=20)  # the last word on an order or an invoice
RATES_BEFORE_DAYS = 10
COSTS_AHEAD = dt.timedelta(days=10)
SURPRISE_DAYS = 2  # a machine sends for so long before anybody registers it
MACHINES = "manufacturing/machines"
Frames = dict[str, pl.DataFrame]
BROUGHT_ABOUT: dict[str, Callable[[World, dt.date], pl.DataFrame | None]] = {
    "manufacturing/shifts": plant.shifts,
    "manufacturing/machine_telemetry": telemetry,
    "manufacturing/production_orders": production.production_orders,
    "manufacturing/downtimes": production.downtimes,
    "commerce/orders": orders,
    "commerce/customers": customers.changes,
    "commerce/web_events": web_events,
    "finance/sales_ledger": sales_ledger,
    "finance/exchange_rates": exchange.exchange_rates,
    "supply/stock_movements": stock.stock_movements,
    "safety/lot_events": lot_events,
}


class Company:
    """Hands over, day after day, what arrives: a frame a dataset, with the instant in `_at`."""

    def __init__(self, world: World, opening: dt.date, *, surprises: bool) -> None:
        self.world, self.opening = world, opening
        self._surprises = surprises
        self._made: dt.date | None = None  # the last day whose matters are under way
        self._due: defaultdict[tuple[dt.date, str], list[pl.DataFrame]] = defaultdict(list)

    def arriving(self, day: dt.date) -> Frames:
        """What arrives on the UTC day; the days must be asked for in order."""
        self._make(day)
        for dataset, frame in self._exports(day):
            sent = frame.with_columns(instants(np.full(frame.height, midnight_s(day) + 60)))
            self._due[day, dataset].append(sent)
        begins = pl.lit(instants(np.array([midnight_s(day)]))[0])
        arriving = sorted(dataset for on, dataset in self._due if on == day)
        return {
            dataset: pl.concat(self._due.pop((day, dataset)))
            .lazy()
            .with_columns(pl.max_horizontal("_at", begins).alias("_at"))
            .sort("_at", maintain_order=True)
            .collect()
            for dataset in arriving
        }

    def unregistered(self, day: dt.date) -> str | None:
        """The machine that sends although no register knows it yet."""
        hidden = self._surprises and (day - self.opening).days < SURPRISE_DAYS
        return plant.plant(self.world).machine_id[-1] if hidden else None

    def _make(self, day: dt.date) -> None:
        """Factories in the east are in the next day already."""
        made = self._made or max(self.opening, day - LOOKS_BACK) - ONE_DAY
        while made <= day:
            made += ONE_DAY
            for dataset, brought_about in BROUGHT_ABOUT.items():
                frame = brought_about(self.world, made)
                if frame is not None and frame.height:
                    self._put(dataset, frame, max(made - ONE_DAY, self.opening), day)
        self._made = made

    def _put(self, dataset: str, frame: pl.DataFrame, earliest: dt.date, day: dt.date) -> None:
        on = pl.col("_at").dt.date().clip(lower_bound=earliest).alias("_on")
        parts = frame.with_columns(on).partition_by("_on", as_dict=True, include_key=False)
        for (arrives,), part in parts.items():
            if arrives >= day:
                self._due[arrives, dataset].append(part)

    def _exports(self, day: dt.date) -> Iterator[tuple[str, pl.DataFrame]]:
        """Registers are sent as a whole: at first, and again from time to time."""
        first = day == self.opening
        if first or day.day == 1:
            yield "manufacturing/factories", plant.factories(self.world)
        if first or day.day == 1 or (day - self.opening).days == SURPRISE_DAYS:
            known = plant.machines(self.world)
            yield MACHINES, known.filter(pl.col("machine_id") != (self.unregistered(day) or ""))
        if first or day.weekday() == 0:
            yield "commerce/products", catalogue.products(self.world, day)
        for quarter in self._costed(day):
            yield "finance/standard_costs", catalogue.standard_costs(self.world, quarter)
        if first:
            yield "commerce/customers", customers.existing(self.world, day)
            yield "supply/stock_movements", stock.opening_stock(self.world, day)
            for before in range(1, RATES_BEFORE_DAYS + 1):
                rates = exchange.exchange_rates(self.world, day - before * ONE_DAY)
                if rates is not None:
                    yield "finance/exchange_rates", rates.drop("_at")

    def _costed(self, day: dt.date) -> set[dt.date]:
        """The quarters whose costs are sent on the day."""
        now, soon = catalogue.quarter_of(day), catalogue.quarter_of(day + COSTS_AHEAD)
        if day == self.opening:
            return {now, soon}
        return {soon} if soon != catalogue.quarter_of(day + COSTS_AHEAD - ONE_DAY) else set()
