"""Stock and lots: inventory positions, the trace of lots and their mass balance."""

import math
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from mega_toys_tests.oracle.datasets import INPUTS, OUTPUTS

Row = dict[str, Any]
KINDS = {"receipts": "receipt", "returns": "return", "adjustments": "adjustment"}
SUPPLY_DAYS = 28


def inventory_position(movements: list[Row]) -> list[Row]:
    """One row per sku, warehouse and day with movements."""
    by_place: defaultdict[tuple[str, str], defaultdict[date, list[Row]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for movement in movements:
        by_place[movement["sku"], movement["warehouse_id"]][movement["day"]].append(movement)
    rows = []
    for (sku, warehouse_id), days in by_place.items():
        opening = 0
        for day in sorted(days):
            moved = {name: moved_of(days[day], kind) for name, kind in KINDS.items()}
            closing = opening + sum(movement["quantity"] for movement in days[day])
            counted = min((day - min(days)).days + 1, SUPPLY_DAYS)
            since = day - timedelta(days=counted - 1)
            shipped = -sum(
                moved_of(days[other], "shipment") for other in days if since <= other <= day
            )
            rows.append(
                {
                    "day": day,
                    "sku": sku,
                    "warehouse_id": warehouse_id,
                    "opening": opening,
                    "shipments": -moved_of(days[day], "shipment"),
                    **moved,
                    "closing": closing,
                    "days_of_supply": closing / (shipped / counted) if shipped else None,
                }
            )
            opening = closing
    return rows


def moved_of(movements: list[Row], kind: str) -> int:
    """The signed quantity of one kind."""
    return sum(movement["quantity"] for movement in movements if movement["kind"] == kind)


def steps_of(events: list[Row]) -> dict[str, set[str]]:
    """Which lots each lot went into: every input with every output of a transformation."""
    inputs: defaultdict[str, set[str]] = defaultdict(set)
    outputs: defaultdict[str, set[str]] = defaultdict(set)
    for event in events:
        inputs[event["transformation_id"]] |= {lot["lot_id"] for lot in event[INPUTS]}
        outputs[event["transformation_id"]] |= {lot["lot_id"] for lot in event[OUTPUTS]}
    into: defaultdict[str, set[str]] = defaultdict(set)
    for transformation_id, lots in inputs.items():
        for lot in lots:
            into[lot] |= outputs[transformation_id]
    return into


def lot_trace(events: list[Row]) -> list[Row]:
    """Every lot with every other that came of it, by the fewest steps."""
    into = steps_of(events)
    rows = []
    for ancestor in into:
        reached = {ancestor: 0}
        front = [ancestor]
        while front:
            front = sorted({after for lot in front for after in into.get(lot, ())} - reached.keys())
            reached |= dict.fromkeys(front, max(reached.values()) + 1)
        rows += [
            {"ancestor_lot_id": ancestor, "descendant_lot_id": lot, "steps": steps}
            for lot, steps in reached.items()
            if steps
        ]
    return rows


def mass_balance(events: list[Row]) -> list[Row]:
    """What went into each transformation and what came of it."""
    rows = []
    for transformation_id in sorted({event["transformation_id"] for event in events}):
        of_it = [event for event in events if event["transformation_id"] == transformation_id]
        taken, made = (
            math.fsum(lot["quantity"] for event in of_it for lot in event[side])
            for side in (INPUTS, OUTPUTS)
        )
        rows.append(
            {
                "transformation_id": transformation_id,
                "input_quantity": taken,
                "output_quantity": made,
                "balance": made / taken if taken else None,
            }
        )
    return rows
