"""Small random records of the toy company's datasets; they share few keys, so that they collide."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

Record = dict[str, Any]
FIRST_DAY = dt.date(2026, 3, 27)  # Europe's clocks change on the third day
KEYS = 3
_SHARE_OF_FAULTS = 0.12
_ODD = (None, "odd", "", "1e999", [1], -1)


@dataclass(frozen=True)
class Draw:
    """Random values of the fields of one record."""

    rng: Random

    def key(self, letter: str) -> str:
        """One of a few keys."""
        return f"{letter}{self.rng.randrange(KEYS)}"

    def one(self, *choices: Any) -> Any:
        """One of the choices."""
        return self.rng.choice(choices)

    def day(self, first: int = -5, last: int = 2) -> dt.date:
        """A day around the first one."""
        return FIRST_DAY + dt.timedelta(self.rng.randint(first, last))

    def instant(self, first: int = -5, last: int = 2) -> str:
        """An instant of such a day, with an offset."""
        hour, minute = self.rng.randrange(24), self.rng.choice((0, 0, 1, 20))
        offset = self.rng.choice(("Z", "Z", "+01:00", "+08:00"))
        return f"{self.day(first, last)}T{hour:02}:{minute:02}:00{offset}"

    def version(self) -> Record:
        """The sequence: one of a few, so that some are equal."""
        return {"updated_at": f"{self.day(-2, 1)}T{self.rng.choice((8, 16)):02}:00:00Z"}


def record(dataset: str, rng: Random) -> Record:
    """A record like any other, or one with a fault in one of its fields."""
    made = _MADE[dataset](Draw(rng))
    if rng.random() < _SHARE_OF_FAULTS:
        name = rng.choice(sorted(made))
        made[name] = rng.choice(_ODD)
    if rng.random() < _SHARE_OF_FAULTS / 4:
        made["colour"] = "red"
    return made


def _telemetry(draw: Draw) -> Record:
    return {
        "event_id": f"r{draw.rng.randrange(8)}", **_place(draw), "ts": draw.instant(-4, 1),
        "temperature_c": draw.one(20.5, 21, None), "vibration_mm_s": draw.one(1, 2.5),
        "power_kw": draw.one(1, 5), "cycle_count": draw.rng.randrange(9),
        "status": draw.one("producing", "setup", "idle", "down", "off"),
    }  # fmt: skip


def _place(draw: Draw) -> Record:
    return {"factory_id": draw.key("F"), "machine_id": draw.key("M")}


def _production_order(draw: Draw) -> Record:
    good, scrap = draw.rng.randrange(5), draw.rng.randrange(2)
    return {
        "order_id": draw.key("p"), **_place(draw), "sku": draw.key("T"), "lot_id": draw.key("L"),
        "planned_run_time_per_item_s": 2, "started_at": draw.instant(-4, -1),
        "ended_at": draw.one(draw.instant(0, 2), None), "produced_quantity": good + scrap,
        "good_quantity": good, "scrap_quantity": scrap, "rework_quantity": 0, **draw.version(),
    }  # fmt: skip


def _downtime(draw: Draw) -> Record:
    return {
        "downtime_id": draw.key("d"), **_place(draw), "reason": draw.one("jam", None),
        "kind": draw.one("planned", "planned", "malfunction", "minor_stop"),
        "started_at": draw.instant(-3, 0), "ended_at": draw.one(draw.instant(1, 2), None),
        **draw.version(),
    }  # fmt: skip


def _factory(draw: Draw) -> Record:
    zones = ("Europe/Berlin", "Europe/Berlin", "Asia/Shanghai", "Pacific/Kiritimati")
    return {
        "factory_id": draw.key("F"), "name": draw.one("one", "two"), "country": "de",
        "time_zone": draw.one(*zones), "currency": "eur", **draw.version(),
    }  # fmt: skip


def _machine(draw: Draw) -> Record:
    return {
        "machine_id": draw.key("M"), "factory_id": draw.key("F"), "line_id": "L",
        "model": draw.one("a", "b"), "commissioned_on": f"{draw.day(-9, 0)}", **draw.version(),
    }  # fmt: skip


def _shift(draw: Draw) -> Record:
    day, hour = draw.day(-3, 2), draw.one(0, 6, 14)
    return {
        "factory_id": draw.key("F"), "day": f"{day}", "shift": draw.one("early", "late", "night"),
        "starts_at": f"{day}T{hour:02}:00:00Z", "ends_at": f"{day}T{hour + 8:02}:00:00Z",
        **draw.version(),
    }  # fmt: skip


def _order(draw: Draw) -> Record:
    items = [
        {"line_no": number, "sku": draw.key("T"), "quantity": draw.rng.randint(1, 3),
         "unit_price": draw.one("5", "7.5"), "discount": draw.one("1", None)}
        for number in range(1, draw.one(2, 3))
    ]  # fmt: skip
    return {
        "order_id": draw.key("o"), "customer_id": draw.key("c"), "placed_at": draw.instant(),
        "status": draw.one("placed", "paid", "shipped", "cancelled", "returned"),
        "currency": draw.one("eur", "usd", "gbp"), "country": draw.one("de", "us"),
        "channel": draw.one("web", "app"), "items": items, **draw.version(),
    }  # fmt: skip


def _customer(draw: Draw) -> Record:
    return {
        "customer_id": draw.key("c"), "email": "a@example.org", "full_name": draw.one("A", "B"),
        "country": "de", "signed_up_at": "2026-01-01T00:00:00Z",
        "marketing_consent": draw.one("true", "false"), **draw.version(),
    }  # fmt: skip


def _click(draw: Draw) -> Record:
    names = ("page_view", "view_item", "add_to_cart", "begin_checkout", "purchase")
    return {
        "event_id": f"e{draw.rng.randrange(9)}", "client_id": draw.one("x", "y"),
        "ts": draw.instant(-4, 1), "event_name": draw.one(*names), "device": draw.one("mobile"),
    }  # fmt: skip


def _product(draw: Draw) -> Record:
    return {
        "sku": draw.key("T"), "name": draw.one("a", "b"), "category": "c", "age_min": 3,
        "list_price_eur": "1", "launched_on": "2026-01-01", **draw.version(),
    }  # fmt: skip


def _ledger_entry(draw: Draw) -> Record:
    return {
        "entry_id": draw.key("g"), "invoice_id": "i", "line_no": 1, "posted_at": draw.instant(),
        "account_id": "a", "sku": draw.key("T"), "quantity": draw.rng.randint(1, 3),
        "unit_price": draw.one("5", "7.5"), "discount": None, "currency": draw.one("eur", "usd"),
        "kind": draw.one("invoice", "invoice", "credit_note"), **draw.version(),
    }  # fmt: skip


def _rate(draw: Draw) -> Record:
    return {
        "day": f"{draw.day(-7, 1)}", "currency": draw.one("usd", "gbp"),
        "units_per_eur": draw.one(2, 4), **draw.version(),
    }  # fmt: skip


def _cost(draw: Draw) -> Record:
    return {
        "sku": draw.key("T"), "effective_from": f"{draw.day(-7, 1)}",
        "material_eur": draw.one(1, 2), "labour_eur": 1, "overhead_eur": 1, **draw.version(),
    }  # fmt: skip


def _movement(draw: Draw) -> Record:
    kind = draw.one("receipt", "shipment", "return", "adjustment")
    return {
        "movement_id": f"v{draw.rng.randrange(6)}", "sku": draw.key("T"),
        "warehouse_id": draw.one("A", "B"), "kind": kind,
        "quantity": draw.rng.randint(1, 9) * (-1 if kind == "shipment" else 1),
        "lot_id": None, "moved_at": draw.instant(), **draw.version(),
    }  # fmt: skip


def _lot_event(draw: Draw) -> Record:
    def lots() -> list[Record]:
        return [{"lot_id": f"L{draw.rng.randrange(5)}", "quantity": draw.one(1, 2)}]

    return {
        "event_id": f"t{draw.rng.randrange(6)}", "event_time": draw.instant(-4, 1),
        "factory_id": draw.key("F"), "transformation_id": draw.key("x"),
        "input_quantity_list": lots(), "output_quantity_list": lots(),
    }  # fmt: skip


_MADE: dict[str, Callable[[Draw], Record]] = {
    "manufacturing/machine_telemetry": _telemetry,
    "manufacturing/production_orders": _production_order,
    "manufacturing/downtimes": _downtime,
    "manufacturing/factories": _factory,
    "manufacturing/machines": _machine,
    "manufacturing/shifts": _shift,
    "commerce/orders": _order,
    "commerce/customers": _customer,
    "commerce/web_events": _click,
    "commerce/products": _product,
    "finance/sales_ledger": _ledger_entry,
    "finance/exchange_rates": _rate,
    "finance/standard_costs": _cost,
    "supply/stock_movements": _movement,
    "safety/lot_events": _lot_event,
}
DATASETS = tuple(_MADE)
REFERENCES = frozenset(
    f"{domain}/{name}"
    for domain, names in {
        "manufacturing": ("factories", "machines", "shifts"),
        "finance": ("exchange_rates", "standard_costs"),
        "commerce": ("products",),
    }.items()
    for name in names
)
