"""Writing what is expected: one Parquet file a table, typed also where it is empty."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mega_toys_tests.oracle.datasets import DATASETS, QUANTITIES
from mega_toys_tests.oracle.fields import Dataset, Field
from mega_toys_tests.oracle.files import FileSeen, files_of
from mega_toys_tests.oracle.gold import gold_of
from mega_toys_tests.oracle.machine_hours import MEASURES, STATUSES
from mega_toys_tests.oracle.oee import TIMES
from mega_toys_tests.oracle.silver import silver_of

Row = dict[str, Any]
INSTANT, MONEY, DAY = pa.timestamp("us", "UTC"), pa.decimal128(18, 4), pa.date32()
TYPES: dict[str, pa.DataType] = {
    "int": pa.int64(),
    "number": pa.float64(),
    "money": MONEY,
    "bool": pa.bool_(),
    "date": DAY,
    "time": INSTANT,
}
LETTERS = {"i": pa.int64(), "f": pa.float64(), "m": MONEY, "d": DAY, "t": INSTANT, "s": pa.string()}


def schema_of(**columns: str) -> pa.Schema:
    """A schema from lists of names by the first letter of their type."""
    return pa.schema(
        [(name, LETTERS[letter]) for letter, names in columns.items() for name in names.split()]
    )


def type_of(field: Field) -> pa.DataType:
    """The stored type of a declared field."""
    if field.type == "list":
        return pa.list_(pa.struct([(inner.name, type_of(inner)) for inner in field.fields]))
    return TYPES.get(field.type, pa.string())


EXTRA = {
    "Events": [("day", DAY)],
    "Current": [("day", DAY)],
    "Reference": [],
    "History": [("valid_from", INSTANT), ("valid_to", INSTANT), ("is_current", pa.bool_())],
}
MORE: dict[str, list[tuple[str, pa.DataType]]] = {
    "machine_telemetry": [("hour", pa.int64()), ("_landed_on", DAY)],
    "orders": [
        (name, pa.string()) for name in ("shipping_city", "shipping_country", "payment_method")
    ],
}
NESTED_ORDER_FIELDS = ("items", "shipping", "payment")


def silver_schema(dataset: Dataset) -> pa.Schema:
    """The columns of a dataset's silver table."""
    dropped = NESTED_ORDER_FIELDS if dataset.name == "orders" else ()
    fields = [(field.name, type_of(field)) for field in dataset.fields if field.name not in dropped]
    return pa.schema([*EXTRA[dataset.kind], *MORE.get(dataset.name, []), *fields])


QUARANTINE = pa.schema(
    [
        ("day", DAY),
        ("rules", pa.list_(pa.string())),
        ("_file", pa.string()),
        ("_row", pa.int64()),
        ("_landed_on", DAY),
    ]
)
_MEASURED = " ".join(f"{name}_{of}" for name in MEASURES for of in ("mean", "min", "max", "p95"))
_SECONDS = " ".join(f"{status}_s" for status in STATUSES)
_RATIOS = (
    "availability effectiveness quality_ratio oee scrap_ratio "
    "utilization_efficiency technical_efficiency"
)
_SALES = "gross_sales_eur discounts_eur returns_eur net_sales_eur"
_OEE = {"f": f"{' '.join(TIMES)} planned_run_time_s {_RATIOS}", "i": " ".join(QUANTITIES)}
SCHEMAS: dict[str, pa.Schema] = {
    **{dataset.table: silver_schema(dataset) for dataset in DATASETS},
    **{dataset.table.replace(".silver.", ".quarantine."): QUARANTINE for dataset in DATASETS},
    "commerce.silver.order_lines": schema_of(
        d="day", s="order_id sku currency status country channel",
        i="line_no quantity", m="unit_price discount"
    ),
    "commerce.silver.sessions": schema_of(
        s="client_id device", t="started_at ended_at", f="duration_s", d="day",
        i="events page_views view_items add_to_carts begin_checkouts purchases",
    ),
    "manufacturing.gold.machine_hourly": schema_of(
        s="machine_id", d="day", i="hour readings cycles", f=f"{_MEASURED} energy_kwh {_SECONDS}"
    ),
    "manufacturing.gold.oee_daily": schema_of(s="factory_id machine_id", d="day", **_OEE),
    "manufacturing.gold.factory_oee_daily": schema_of(s="factory_id", d="day", **_OEE),
    "commerce.gold.daily_sales": schema_of(d="day", s="sku country channel",
    i="orders units", m=_SALES),
    "commerce.gold.funnel_daily": schema_of(
        d="day", s="device", f="cart_abandonment conversion",
        i="sessions engaged_sessions sessions_with_view_item sessions_with_add_to_cart "
        "sessions_with_begin_checkout sessions_with_purchase",
    ),
    "commerce.gold.customer_value": schema_of(
        s="customer_id segment", d="first_order_day last_order_day", m="monetary_eur",
        i="orders recency_days r_score f_score m_score",
    ),
    "finance.gold.net_sales_daily": schema_of(
        d="day", s="channel sku", i="units returned_units",
        m=f"{_SALES} cost_of_sales_eur gross_profit_eur", f="gross_margin",
    ),
    "supply.gold.inventory_position": schema_of(
        d="day", s="sku warehouse_id", i="opening receipts shipments returns adjustments closing",
        f="days_of_supply"
    ),
    "safety.gold.lot_trace": schema_of(s="ancestor_lot_id descendant_lot_id", i="steps"),
    "safety.gold.mass_balance": schema_of(s="transformation_id",
    f="input_quantity output_quantity balance"),
    "lake.row_accounts": schema_of(s="table", d="day",
    i="received accepted duplicates quarantined"),
    "lake.quarantine_counts": schema_of(s="table rule", d="day", i="quarantined"),
    "lake.files_seen": schema_of(s="path status error", d="landing_day", i="rows"),
}  # fmt: skip


def files_seen(files: list[FileSeen]) -> list[Row]:
    """One row per file of the landing zone."""
    return [
        {
            "path": file.path,
            "landing_day": file.landing_day,
            "status": file.status,
            "rows": len(file.records),
            "error": file.error,
        }
        for file in files
    ]


def expected(landing_root: Path) -> dict[str, pa.Table]:
    """Every table that the lake made from a landing zone must hold."""
    files = files_of(landing_root)
    silver = silver_of(files)
    rows = {
        **silver.tables,
        **gold_of(silver.tables),
        "lake.row_accounts": silver.accounts,
        "lake.quarantine_counts": silver.quarantine_counts,
        "lake.files_seen": files_seen(files),
    }
    return {name: pa.Table.from_pylist(rows[name], schema) for name, schema in SCHEMAS.items()}


def write_expected(landing_root: Path, out: Path) -> None:
    """Write every expected table as `<out>/<full name>.parquet`."""
    out.mkdir(parents=True, exist_ok=True)
    for name, table in expected(landing_root).items():
        pq.write_table(table, out / f"{name}.parquet")
