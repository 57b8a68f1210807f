"""The products agree with what they are made from, and a wrong figure in them is found."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from mega_toys import domains
from mega_toys.declared.catalog import tables_in
from mega_toys.declared.contract import Check
from mega_toys.declared.extents import reads_of
from mega_toys.declared.table import Counted, Table
from mega_toys.domains.agreement import disagreements, summed
from mega_toys.domains.figures import MOST

EXPECTED = Path(__file__).parents[1] / "acceptance" / "example" / "expected"
TABLES = {str(table.name): table for table in tables_in(domains)}
WEB = pl.col("channel") == "web"
LAST_OF_SHELF = pl.col("day") == pl.col("day").max().over("sku", "warehouse_id")
EUROS_ALONE = (pl.col("gross_sales_eur") > 0) & (pl.col("country") == "DE")

# A figure of a product, and in which rows it is made wrong.
FIGURES = {
    "commerce.gold.daily_sales": {
        "sales_that_differ_from_the_order_lines": {"units": None, "orders": None},
        "euros_that_differ_from_the_order_lines": {
            "gross_sales_eur": EUROS_ALONE,
            "discounts_eur": EUROS_ALONE,
        },
    },
    "commerce.gold.funnel_daily": {
        "visits_that_differ_from_the_sessions": {"sessions": None, "sessions_with_purchase": None}
    },
    "commerce.gold.customer_value": {"customers_whose_orders_differ_from_silver": {"orders": None}},
    "finance.gold.net_sales_daily": {
        "web_sales_that_differ_from_the_order_lines": {"units": WEB, "returned_units": WEB},
        "wholesale_that_differs_from_the_ledger": {"units": ~WEB, "returned_units": ~WEB},
    },
    "manufacturing.gold.machine_hourly": {
        "machine_days_that_differ_from_the_readings": {"readings": None},
        "machines_busy_for_longer_than_a_day": {"producing_s": None, "off_s": None},
    },
    "manufacturing.gold.oee_daily": {
        "times_that_differ_from_the_machine_hours": dict.fromkeys(["apt_s", "asut_s", "adet_s"]),
        "quantities_that_differ_from_the_production_orders": dict.fromkeys(
            ["produced_quantity", "good_quantity", "scrap_quantity", "rework_quantity"]
        ),
    },
    "manufacturing.gold.factory_oee_daily": {
        "factories_that_differ_from_their_machines": dict.fromkeys(
            ["pbt_s", "apt_s", "planned_run_time_s", "good_quantity"]
        )
    },
    "supply.gold.inventory_position": {
        "days_that_differ_from_the_movements": dict.fromkeys(
            ["opening", "receipts", "shipments", "returns", "adjustments", "closing"]
        ),
        "shelves_that_differ_from_all_movements": {"closing": LAST_OF_SHELF},
    },
    "safety.gold.lot_trace": {
        "ways_as_long_as_the_limit": {"steps": None},
        "lots_whose_next_differ_from_the_events": {"steps": pl.col("steps") == 1},
    },
    "safety.gold.mass_balance": {
        "quantities_that_differ_from_the_events": dict.fromkeys(
            ["input_quantity", "output_quantity"]
        )
    },
}
OF_ROWS_THAT_ARE_THERE = {"ways_as_long_as_the_limit", "shelves_that_differ_from_all_movements"}
CASES = [
    pytest.param(TABLES[name], check, column, where, id=f"{check}-{column}")
    for name, checks in FIGURES.items()
    for check, columns in checks.items()
    for column, where in columns.items()
]


def wrong(table: Table, check: str, product: pl.LazyFrame | None = None) -> pl.DataFrame:
    """What a check finds in the example, where the product may be another."""
    (finds,) = (one.finds for one in table.checks if one.finds.__name__ == check)
    inputs = {
        name: product
        if product is not None and read.table == table.name
        else pl.scan_parquet(EXPECTED / f"{read.table}.parquet")
        for name, read in reads_of(finds).items()
    }
    return finds(**inputs).collect()


def blocking() -> Iterator[tuple[Table, Check]]:
    for table in TABLES.values():
        if table.name.layer == "gold":
            yield from ((table, check) for check in table.checks if check.blocks)


def test_every_product_agrees_with_its_source_or_is_not_built_further() -> None:
    gold = {
        name
        for name, table in TABLES.items()
        if table.name.layer == "gold" and not isinstance(table, Counted)
    }

    assert {str(table.name) for table, _ in blocking()} == gold
    assert {check.finds.__name__ for _, check in blocking()} <= {
        check for checks in FIGURES.values() for check in checks
    }


@pytest.mark.parametrize(("table", "check", "column", "where"), CASES)
def test_a_wrong_figure_is_found(
    table: Table, check: str, column: str, where: pl.Expr | None
) -> None:
    product = pl.read_parquet(EXPECTED / f"{table.name}.parquet").with_row_index("at")
    rows = product.filter(where) if where is not None else product
    more = pl.when(pl.col("at") == rows["at"].first()).then(pl.col(column) + 100_000)
    tampered = product.with_columns(more.otherwise(pl.col(column)).alias(column)).drop("at")

    assert wrong(table, check).is_empty()
    assert wrong(table, check, tampered.lazy()).height == 1


@pytest.mark.parametrize(
    ("table", "check"),
    [
        pytest.param(table, check.finds.__name__, id=check.finds.__name__)
        for table, check in blocking()
        if "euros" not in check.finds.__name__
        and table.name.table != "oee_daily"
        and check.finds.__name__ not in OF_ROWS_THAT_ARE_THERE
    ],
)
def test_rows_that_went_missing_are_found(table: Table, check: str) -> None:
    product = pl.scan_parquet(EXPECTED / f"{table.name}.parquet")

    assert not wrong(table, check, product.head(0)).is_empty()


def test_what_beside_is_expected_is_told() -> None:
    product = pl.LazyFrame({"day": [1, 1, 2], "units": [1, 2, 3]})
    lines = pl.LazyFrame({"day": [1, 3], "quantity": [3, 4]})

    found = disagreements(product, lines, ["day"], {"units": summed("quantity")}).collect()

    assert found.to_dicts() == [
        {"day": 2, "units": 3, "units_expected": 0},
        {"day": 3, "units": 0, "units_expected": 4},
    ]


def test_a_hair_and_what_is_beyond_64_bits_is_no_disagreement() -> None:
    product = pl.LazyFrame({"day": [1, 2, 3], "held": [0.1 + 0.2, MOST, float("nan")]})
    source = pl.LazyFrame({"day": [1, 2, 2, 3], "s": [0.3, MOST, MOST, float("nan")]})

    assert disagreements(product, source, ["day"], {"held": summed("s")}).collect().is_empty()


@pytest.mark.parametrize("lost", ["lines", "orders"])
def test_orders_and_their_lines_go_together(lost: str) -> None:
    table = TABLES["commerce.silver.order_lines"]
    frames = {
        "orders": pl.scan_parquet(EXPECTED / "commerce.silver.orders.parquet"),
        "lines": pl.scan_parquet(EXPECTED / "commerce.silver.order_lines.parquet"),
    }
    found = {}
    for check in table.checks:
        assert check.finds(**frames).collect().is_empty()
        kept = frames | {lost: frames[lost].filter(pl.col("order_id") != "WO-0000080")}
        found[check.finds.__name__] = check.finds(**kept).collect()["order_id"].unique().to_list()

    missed = {"lines": "orders_without_lines", "orders": "lines_without_order"}[lost]
    assert {name: orders for name, orders in found.items() if orders} == {missed: ["WO-0000080"]}
