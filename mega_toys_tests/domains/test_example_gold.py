"""The transforms on the example delivery: worked out by hand there, built by us here."""

import datetime as dt
from pathlib import Path

import polars as pl
import polars.selectors as cs
import pytest
from polars.testing import assert_frame_equal

from mega_toys import domains
from mega_toys.declared.catalog import tables_in
from mega_toys.declared.extents import Days, Extent, LandedWith, Read, Touches, Until
from mega_toys.declared.name import TableName
from mega_toys.declared.table import ByDay, Computed

EXPECTED = Path(__file__).parents[1] / "acceptance" / "example" / "expected"


def expected(name: TableName) -> pl.LazyFrame:
    return pl.scan_parquet(EXPECTED / f"{name}.parquet")


def _is_worked_out(table: Computed) -> bool:
    """Whether the example has the table and all that it reads; it has no bronze."""
    names = [table.name, *(read.table for read in table.parameters.values())]
    return all((EXPECTED / f"{name}.parquet").exists() for name in names)


DERIVED = [
    table for table in tables_in(domains) if isinstance(table, Computed) and _is_worked_out(table)
]
BY_DAY = [table for table in DERIVED if isinstance(table, ByDay)]
TOUCHING = [
    (table, parameter, read.extent)
    for table in BY_DAY
    for parameter, read in table.parameters.items()
    if isinstance(read.extent, Touches)
]


def built(table: Computed, inputs: dict[str, pl.LazyFrame]) -> pl.DataFrame:
    return table.build(**inputs).collect().select(table.schema.names()).sort(table.key)


def whole_inputs(table: Computed) -> dict[str, pl.LazyFrame]:
    return {name: expected(read.table) for name, read in table.parameters.items()}


def inputs_of_day(table: Computed, day: dt.date) -> dict[str, pl.LazyFrame]:
    return {name: _of_day(read, day) for name, read in table.parameters.items()}


def _of_day(read: Read, day: dt.date) -> pl.LazyFrame:
    """What a day may read, and nothing else."""
    extent: Extent = read.extent
    rows = expected(read.table)
    match extent:
        case Days(first, last):
            span = (day + dt.timedelta(days=first), day + dt.timedelta(days=last))
            return rows.filter(pl.col("day").is_between(*span))
        case Until():
            return rows.filter(pl.col("day") <= day)
        case LandedWith():
            raise AssertionError("The example has no bronze.")
        case _:
            return rows


def as_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(cs.decimal().cast(pl.Float64))


def test_the_example_works_out_what_the_domains_derive() -> None:
    assert {str(table.name) for table in DERIVED} >= {
        "commerce.silver.sessions",
        "commerce.gold.customer_value",
        "commerce.gold.daily_sales",
        "commerce.gold.funnel_daily",
        "finance.gold.net_sales_daily",
        "manufacturing.gold.factory_oee_daily",
        "manufacturing.gold.machine_hourly",
        "manufacturing.gold.oee_daily",
        "safety.gold.lot_trace",
        "safety.gold.mass_balance",
        "supply.gold.inventory_position",
    }


@pytest.mark.parametrize("table", DERIVED, ids=lambda table: str(table.name))
def test_what_is_built_is_what_the_example_expects(table: Computed) -> None:
    found = built(table, whole_inputs(table))
    wanted = expected(table.name).collect().sort(table.key)

    money = cs.ends_with("_eur") | cs.by_name("gross_margin", require_all=False)
    for columns, slack in ((money, 0.0002), (~money, 1e-9)):
        chosen = as_numbers(found.select(wanted.columns).select(columns))
        assert_frame_equal(chosen, as_numbers(wanted.select(columns)), rel_tol=1e-6, abs_tol=slack)
    assert found.schema == table.schema


@pytest.mark.parametrize("table", BY_DAY, ids=lambda table: str(table.name))
def test_a_day_is_the_same_built_alone_or_among_others(table: Computed) -> None:
    together = built(table, whole_inputs(table))
    for day in together["day"].unique():
        alone = built(table, inputs_of_day(table, day)).filter(pl.col("day") == day)
        assert_frame_equal(
            as_numbers(alone), as_numbers(together.filter(pl.col("day") == day)), check_exact=True
        )


@pytest.mark.parametrize(
    ("table", "parameter", "extent"),
    TOUCHING,
    ids=[f"{table.name}-{parameter}" for table, parameter, _ in TOUCHING],
)
def test_a_change_alters_no_day_that_it_is_not_said_to_touch(
    table: Computed, parameter: str, extent: Touches
) -> None:
    inputs = whole_inputs(table)
    rows = inputs[parameter].collect()
    before = built(table, inputs)
    for place in range(0, rows.height, max(1, rows.height // 12)):
        changed = rows.slice(place, 1)
        spans = extent.spans(changed)
        if spans is None:
            continue
        others = pl.concat([rows.head(place), rows.slice(place + 1)]).lazy()
        after = built(table, {**inputs, parameter: others})
        assert_frame_equal(_outside(before, spans), _outside(after, spans), check_exact=True)


def _outside(frame: pl.DataFrame, spans: list[tuple[dt.date, dt.date]]) -> pl.DataFrame:
    inside = [pl.col("day").is_between(first, last) for first, last in spans]
    return as_numbers(frame.filter(~pl.any_horizontal(inside))) if inside else as_numbers(frame)
