"""How each dataset is sent, and what can be wrong with its records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from mega_toys.simulator.formats import KAFKA, is_json
from mega_toys.simulator.truth import Fault

JSON_FAULTS = (Fault.MISSING_FIELD, Fault.WRONG_TYPE, Fault.UNKNOWN_FIELD, Fault.NOT_JSON)
CSV_FAULTS = (Fault.WRONG_TYPE, Fault.RAGGED_ROW)
ALL_FORMATS = (
    ".ndjson", ".jsonl", ".json", ".csv", ".avro", ".parquet",
    ".ndjson.gz", ".ndjson.zst", ".json.gz", ".json.zst", ".csv.gz", ".csv.zst",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Source:
    """One dataset.

    Events are sent once, versions again and again as they change; a register may be sent wrong,
    but never only so. `required` can be missing, `unfit` and `outside` are bad values.
    """

    kind: Literal["events", "versions", "register"]
    formats: tuple[str, ...]
    required: tuple[str, ...]
    batches: int = 1
    subfolder: str = ""
    time: str = "updated_at"  # the one that a wrong clock sets ahead
    unfit: Mapping[str, str] = field(default_factory=dict)
    outside: Mapping[str, str | float] = field(default_factory=dict)
    changed: pl.Expr | None = None  # other content under the same key

    def faults(self, form: str) -> tuple[Fault, ...]:
        """What can be wrong with a record in a file of this format."""
        found = [Fault.NULL_FIELD, Fault.FUTURE, Fault.DUPLICATE]
        found += [Fault.OUT_OF_RANGE] if self.outside else []
        found += [Fault.CHANGED_DUPLICATE] if self.changed is not None else []
        found += {"events": [Fault.LATE, Fault.TOO_LATE], "versions": [Fault.OUT_OF_ORDER]}.get(
            self.kind, []
        )
        if is_json(form):
            found += JSON_FAULTS
        return tuple(found + list(CSV_FAULTS if ".csv" in form else ()))

    def rule(self, fault: Fault) -> str:
        """The rule that a fault of the whole record breaks, if any."""
        if fault in (Fault.NOT_JSON, Fault.TORN_LINE, Fault.RAGGED_ROW):
            return "record_is_readable"
        if fault == Fault.TOO_LATE or (fault == Fault.FUTURE and self.kind == "events"):
            return "landed_within_window"
        return "updated_at_is_valid" if fault == Fault.FUTURE else ""


def _switched(name: str, one: str, other: str) -> pl.Expr:
    return pl.when(pl.col(name) == one).then(pl.lit(other)).otherwise(pl.lit(one)).alias(name)


_QUANTITY = pl.col("quantity")
SOURCES: dict[str, Source] = {
    "manufacturing/machine_telemetry": Source(
        kind="events",
        formats=(".ndjson", ".ndjson.zst", ".avro", KAFKA),
        required=("event_id", "factory_id", "machine_id", "ts", "status"),
        batches=3,
        subfolder="gateway",
        time="ts",
        unfit={"temperature_c": "hot", "vibration_mm_s": "n/a", "ts": "yesterday"},
        outside={
            "temperature_c": 900.0,
            "vibration_mm_s": -3.0,
            "power_kw": 5e6,
            "status": "broken",
        },
        changed=pl.col("power_kw") + 0.5,
    ),
    "manufacturing/production_orders": Source(
        kind="versions",
        formats=(".csv", ".parquet"),
        required=("order_id", "machine_id", "lot_id", "started_at", "updated_at"),
        unfit={"produced_quantity": "many", "started_at": "at seven"},
        outside={"planned_run_time_per_item_s": 0.0, "good_quantity": -5},
        changed=pl.col("planned_run_time_per_item_s") + 0.1,
    ),
    "manufacturing/downtimes": Source(
        kind="versions",
        formats=(".csv", ".ndjson"),
        required=("downtime_id", "factory_id", "kind", "started_at", "updated_at"),
        unfit={"started_at": "10 o'clock", "updated_at": "now"},
        outside={"kind": "lunch"},
        changed=(pl.col("reason") + " (checked)").alias("reason"),
    ),
    "manufacturing/factories": Source(
        kind="register",
        formats=(".csv", ".json"),
        required=("factory_id", "country", "time_zone"),
        unfit={"updated_at": "today"},
        outside={"time_zone": "Mars/Olympus", "country": "Germany"},
    ),
    "manufacturing/machines": Source(
        kind="register",
        formats=(".csv", ".json"),
        required=("machine_id", "line_id", "commissioned_on"),
        unfit={"commissioned_on": "31.12.2020"},
    ),
    "manufacturing/shifts": Source(
        kind="register",
        formats=(".csv", ".parquet"),
        required=("factory_id", "day", "starts_at"),
        unfit={"ends_at": "22:00", "day": "Monday"},
        outside={"shift": "brunch"},
    ),
    "commerce/orders": Source(
        kind="versions",
        formats=(".ndjson", ".ndjson.zst", ".json.zst"),
        required=("order_id", "customer_id", "placed_at", "status", "items"),
        batches=2,
        unfit={"items": "two dolls", "placed_at": "in May"},
        outside={"status": "lost", "channel": "fax", "currency": "EURO"},
        changed=_switched("channel", "app", "web"),
    ),
    "commerce/customers": Source(
        kind="versions",
        formats=(".ndjson", ".json"),
        required=("customer_id", "email", "country", "updated_at"),
        unfit={"birth_date": "1.4.1990", "marketing_consent": "perhaps"},
        outside={"country": "Wonderland"},
        changed=(pl.col("full_name") + " Jr.").alias("full_name"),
    ),
    "commerce/web_events": Source(
        kind="events",
        formats=(".ndjson.zst", ".ndjson", ".avro", KAFKA),
        required=("event_id", "client_id", "ts", "event_name", "device"),
        batches=2,
        time="ts",
        unfit={"ts": "just now", "quantity": "some", "value": "12,50"},
        outside={"event_name": "swipe", "device": "fridge"},
        changed=(pl.col("page") + "?again").alias("page"),
    ),
    "commerce/products": Source(
        kind="register",
        formats=(".parquet", ".csv"),
        required=("sku", "name", "launched_on"),
        unfit={"age_min": "grown-up", "list_price_eur": "free"},
        outside={"age_min": 99, "list_price_eur": -1.0},
        changed=(pl.col("name") + " (new box)").alias("name"),
    ),
    "finance/sales_ledger": Source(
        kind="versions",
        formats=(".csv", ".csv.gz"),
        required=("entry_id", "posted_at", "account_id", "quantity", "unit_price"),
        subfolder="dw",
        unfit={"unit_price": "1.299,00", "line_no": "first"},
        outside={"quantity": 0, "unit_price": -1.0, "kind": "gift"},
        changed=pl.col("unit_price") + 0.01,
    ),
    "finance/exchange_rates": Source(
        kind="register",
        formats=(".csv", ".json"),
        required=("day", "currency", "units_per_eur"),
        unfit={"units_per_eur": "n/a", "day": "31.12.2020"},
        outside={"units_per_eur": 0.0, "currency": "POUND"},
    ),
    "finance/standard_costs": Source(
        kind="register",
        formats=(".csv", ".parquet"),
        required=("sku", "effective_from", "material_eur"),
        unfit={"labour_eur": "tbd", "effective_from": "Q1"},
        outside={"overhead_eur": -0.5},
    ),
    "supply/stock_movements": Source(
        kind="versions",
        formats=(".parquet", ".csv.zst", ".csv"),
        required=("movement_id", "sku", "warehouse_id", "quantity", "moved_at"),
        unfit={"quantity": "a box", "moved_at": "this morning"},
        outside={"kind": "theft"},
        changed=(_QUANTITY + pl.when(_QUANTITY > 0).then(1).otherwise(-1)).alias("quantity"),
    ),
    "safety/lot_events": Source(
        kind="events",
        formats=(".avro",),
        required=("event_id", "event_time", "factory_id", "transformation_id"),
        time="event_time",
        unfit={"event_time": "at night", "input_quantity_list": "resin"},
    ),
}
