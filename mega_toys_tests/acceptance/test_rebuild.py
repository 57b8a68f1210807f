"""Whatever comes late or is corrected: the tables are those of a lake made from nothing."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mega_toys.lake.reading.by_name import names
from mega_toys_tests.lakes import Lake, copy_of, needed_for

OEE = needed_for("manufacturing.gold.factory_oee_daily")
SALES = needed_for("commerce.gold.daily_sales", "finance.gold.net_sales_daily")
STOCK = needed_for("supply.gold.inventory_position")
LOTS = needed_for("safety.gold.lot_trace", "safety.gold.mass_balance")
OF_THE_RUN = ("quarantined_at", "_ingested_at")
OLD = {"updated_at": "2026-03-01T00:00:00Z"}
NEW = {"updated_at": "2026-03-06T00:00:00Z"}
FACTORY = {
    "factory_id": "F", "name": "n", "country": "de", "time_zone": "Europe/Berlin",
    "currency": "eur", **OLD,
}  # fmt: skip
MACHINE = {
    "machine_id": "M", "factory_id": "F", "line_id": "L", "model": "m",
    "commissioned_on": "2026-03-01", **OLD,
}  # fmt: skip
OTHER = MACHINE | {"machine_id": "N", "commissioned_on": "2026-03-10"}
STOP = {
    "downtime_id": "D", "factory_id": "F", "machine_id": "M", "kind": "planned",
    "started_at": "2026-03-05T07:00:00Z", "ended_at": "2026-03-05T08:00:00Z", **OLD,
}  # fmt: skip
ORDER = {
    "order_id": "O", "customer_id": "C", "placed_at": "2026-03-05T12:00:00Z", "status": "paid",
    "currency": "usd", "country": "de", "channel": "web",
    "items": [{"line_no": 1, "sku": "T", "quantity": 2, "unit_price": "5.00"}], **OLD,
}  # fmt: skip
RATE = {"day": "2026-03-04", "currency": "USD", "units_per_eur": 2, **OLD}
COST = {
    "sku": "T", "effective_from": "2026-03-01", "material_eur": 1, "labour_eur": 1,
    "overhead_eur": 1, **OLD,
}  # fmt: skip


def shift(day: int, **told: Any) -> dict[str, Any]:
    at = f"2026-03-{day:02}"
    return {
        "factory_id": "F", "day": at, "shift": "early", "starts_at": f"{at}T06:00:00Z",
        "ends_at": f"{at}T12:00:00Z", **OLD, **told,
    }  # fmt: skip


def reading(day: int, number: int = 0) -> dict[str, Any]:
    return {
        "event_id": f"{day}-{number}", "factory_id": "F", "machine_id": "M",
        "ts": f"2026-03-{day:02}T07:00:{number * 10:02}Z", "status": "producing",
    }  # fmt: skip


def move(name: str, day: int, quantity: int, **told: Any) -> dict[str, Any]:
    kind = "receipt" if quantity > 0 else "shipment"
    return {
        "movement_id": name, "sku": "T", "warehouse_id": "W", "kind": kind, "quantity": quantity,
        "moved_at": f"2026-03-{day:02}T12:00:00Z", **OLD, **told,
    }  # fmt: skip


def lot_event(name: str, inputs: str, outputs: str) -> dict[str, Any]:
    sides = [[{"lot_id": lot, "quantity": 1} for lot in lots] for lots in (inputs, outputs)]
    return {
        "event_id": f"{name}:{inputs}>{outputs}", "event_time": "2026-03-05T12:00:00Z",
        "factory_id": "F", "transformation_id": name,
        "input_quantity_list": sides[0], "output_quantity_list": sides[1],
    }  # fmt: skip


Step = Callable[[Lake], object]


def sent(dataset: str, day: int, *records: dict[str, Any], name: str = "a") -> Step:
    """A step in which a file arrives, maybe in the place of one that was there."""
    return lambda lake: lake.send(f"{dataset}/2026-03-{day:02}/{name}.ndjson", *records)


def plant(lake: Lake) -> None:
    """What the scenes of the factory begin with."""
    for dataset, day, *records in (
        ("factories", 5, FACTORY), ("machines", 5, MACHINE, OTHER),
        ("shifts", 5, shift(5), shift(6), shift(12)),
        ("machine_telemetry", 5, reading(5), reading(5, 1)), ("downtimes", 5, STOP),
    ):  # fmt: skip
        lake.send(f"manufacturing/{dataset}/2026-03-{day:02}/a.ndjson", *records)


def shop(lake: Lake) -> None:
    """What the scenes of the shop begin with."""
    lake.send("commerce/orders/2026-03-05/a.ndjson", ORDER)
    lake.send("finance/exchange_rates/2026-03-05/a.ndjson", RATE)
    lake.send("finance/standard_costs/2026-03-05/a.ndjson", COST)


MOVES = (move("A", 5, 100), move("B", 6, -10), move("C", 8, -20), move("D", 8, 7, sku="U"))
CHAIN = (lot_event("1", "a", "b"), lot_event("2", "b", "c"), lot_event("3", "c", "d"))


def warehouse(lake: Lake) -> None:
    """What the scenes of the warehouse begin with."""
    lake.send("supply/stock_movements/2026-03-08/a.ndjson", *MOVES)


def works(lake: Lake) -> None:
    """What the scenes of the lots begin with."""
    lake.send("manufacturing/factories/2026-03-05/a.ndjson", FACTORY)
    lake.send("safety/lot_events/2026-03-05/a.ndjson", *CHAIN)


M, F, C = "manufacturing", "finance", "commerce"
MOVED, TOLD = "supply/stock_movements", "safety/lot_events"
PLANT: dict[str, Step] = {
    "a machine counts only from a later day on": sent(
        f"{M}/machines", 6, MACHINE | {"commissioned_on": "2026-03-10", **NEW}
    ),
    "a machine counts from an earlier day on": sent(
        f"{M}/machines", 6, OTHER | {"commissioned_on": "2026-03-02", **NEW}
    ),
    "a machine was never there": sent(f"{M}/machines", 5, OTHER),
    "a machine moves to a factory that is not known": sent(
        f"{M}/machines", 6, MACHINE | {"factory_id": "G", **NEW}
    ),
    "a factory has another time zone": sent(
        f"{M}/factories", 6, FACTORY | {"time_zone": "Pacific/Kiritimati", **NEW}
    ),
    "a factory was never there": sent(f"{M}/factories", 5),
    "a shift is cancelled by sending the plan again": sent(f"{M}/shifts", 5, shift(5), shift(12)),
    "a shift becomes shorter": sent(
        f"{M}/shifts", 6, shift(6, ends_at="2026-03-06T07:00:00Z", **NEW)
    ),
    "a stop was none": sent(f"{M}/downtimes", 6, STOP | {"kind": "malfunction", **NEW}),
    "a stop never ends": sent(f"{M}/downtimes", 6, STOP | {"ended_at": None, **NEW}),
    "a stop moves to another day": sent(
        f"{M}/downtimes", 6,
        STOP | {"started_at": "2026-03-06T07:00:00Z", "ended_at": "2026-03-06T08:00:00Z", **NEW},
    ),
    "a reading comes three days late": sent(f"{M}/machine_telemetry", 8, reading(5, 2)),
    "a reading was never sent": sent(f"{M}/machine_telemetry", 5, reading(5)),
}  # fmt: skip
SHOP: dict[str, Step] = {
    "an order is returned": sent(f"{C}/orders", 6, ORDER | {"status": "returned", **NEW}),
    "an order moves to another day": sent(
        f"{C}/orders", 6, ORDER | {"placed_at": "2026-03-04T12:00:00Z", **NEW}
    ),
    "an order was never placed": sent(f"{C}/orders", 5),
    "an order loses its items": sent(f"{C}/orders", 6, ORDER | {"items": [], **NEW}),
    "a rate is corrected": sent(f"{F}/exchange_rates", 6, RATE | {"units_per_eur": 4, **NEW}),
    "a rate was never there": sent(f"{F}/exchange_rates", 5),
    "a newer rate is published late": sent(f"{F}/exchange_rates", 6, RATE | {"day": "2026-03-05"}),
    "a cost is corrected": sent(f"{F}/standard_costs", 6, COST | {"labour_eur": 3, **NEW}),
    "a cost was never there": sent(f"{F}/standard_costs", 5),
    "a newer cost begins": sent(f"{F}/standard_costs", 6, COST | {"effective_from": "2026-03-05"}),
}
SHELVES: dict[str, Step] = {
    "a movement comes late": sent(MOVED, 9, move("E", 6, -5)),
    "a movement is corrected": sent(MOVED, 9, move("A", 5, 90, **NEW)),
    "a movement was on an earlier day": sent(MOVED, 9, move("C", 7, -20, **NEW)),
    "a movement was of another toy": sent(MOVED, 9, move("A", 5, 100, sku="U", **NEW)),
    "a movement was never made": sent(MOVED, 8, *MOVES[1:]),
    "no movement was ever made": sent(MOVED, 8),
}
TRACED: dict[str, Step] = {
    "an event extends the chain": sent(TOLD, 6, lot_event("4", "d", "e")),
    "an event makes a way shorter": sent(TOLD, 6, lot_event("4", "a", "d")),
    "an event closes a circle": sent(TOLD, 6, lot_event("4", "d", "a")),
    "an event adds to a transformation": sent(TOLD, 6, lot_event("2", "x", "")),
    "an event never happened": sent(TOLD, 5, *CHAIN[::2]),
    "an event was another": sent(TOLD, 5, *CHAIN[:2], lot_event("3", "a", "d")),
    "no event ever happened": sent(TOLD, 5),
}
SCENES = [(OEE, plant, name) for name in PLANT] + [(SALES, shop, name) for name in SHOP]
SCENES += [(STOCK, warehouse, name) for name in SHELVES] + [(LOTS, works, name) for name in TRACED]
QUICK = ("an event was another",)


def marks(scene: str) -> tuple[pytest.MarkDecorator, ...]:
    return () if scene in QUICK else (pytest.mark.slow,)


def content(lake: Lake) -> dict[str, pl.DataFrame]:
    own = ("lake.files", "lake.days", "lake.received")
    kept = [name for name in names(lake.catalog) if name not in own and ".bronze." not in name]
    found = {name: lake.rows(name).drop(OF_THE_RUN, strict=False) for name in kept}
    return {name: rows.sort(pl.struct(pl.all())) for name, rows in found.items()}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Lake]:
    """A lake that took in how a scene begins; made once for all scenes that begin so."""

    @functools.cache
    def made(catalog: Any, begin: Callable[[Lake], None]) -> Lake:
        lake = Lake(tmp_path_factory.mktemp("begun"), catalog)
        begin(lake)
        lake.refresh()
        return lake

    return made


@pytest.mark.parametrize(
    ("catalog", "begin", "scene"),
    [pytest.param(*one, id=one[2], marks=marks(one[2])) for one in SCENES],
)
def test_news_give_the_same_as_a_lake_made_from_nothing(
    catalog: Any, begin: Callable[[Lake], None], scene: str, begun: Callable[..., Lake],
    tmp_path: Path,
) -> None:  # fmt: skip
    step = (PLANT | SHOP | SHELVES | TRACED)[scene]
    lake, anew = copy_of(begun(catalog, begin), tmp_path / "kept"), Lake(tmp_path / "anew", catalog)
    begin(anew)

    for one in (lake, anew):
        step(one)
        one.refresh()

    expected = content(anew)
    differing = {name for name, rows in content(lake).items() if not rows.equals(expected[name])}
    assert differing == set()
