"""What the lake holds is what was declared, whoever wrote it."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable, Field
from deltalake.schema import PrimitiveType

from mega_toys_tests.lake.checks.checked import (
    ELEVENTH,
    RATES,
    TENTH,
    lake_of_rates,
    repeated,
    result,
    written,
)
from mega_toys_tests.lakes import Lake

BRONZE = "finance.bronze.exchange_rates"
SCHEMA, KEYS = "schema_is_as_declared", "keys_are_unique"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return lake_of_rates(tmp_path)


@pytest.mark.parametrize("table", [RATES, BRONZE])
@pytest.mark.parametrize("check", [SCHEMA, KEYS])
def test_what_a_refresh_wrote_is_as_declared(lake: Lake, table: str, check: str) -> None:
    assert result(lake, table, check).passed


def test_a_column_of_another_type_fails_and_nothing_else_is_looked_at(lake: Lake) -> None:
    rows = lake.rows(RATES).with_columns(pl.col("units_per_eur").cast(pl.String)).drop("currency")
    rows.write_delta(
        lake.store.uri(RATES), mode="overwrite", delta_write_options={"schema_mode": "overwrite"}
    )

    found = result(lake, RATES, SCHEMA, TENTH)

    assert (found.passed, found.blocks) == (False, True)
    assert found.examples == [
        {"column": "currency", "problem": "is None, declared String"},
        {"column": "units_per_eur", "problem": "is String, declared Float64"},
    ]
    unseen = result(lake, RATES, KEYS, TENTH)
    assert (unseen.passed, unseen.blocks) == (False, False)


def test_a_column_that_nobody_declared_warns(lake: Lake) -> None:
    added = Field("note", PrimitiveType("string"), nullable=True)
    DeltaTable(lake.store.uri(RATES)).alter.add_columns(added)

    found = result(lake, RATES, SCHEMA)

    assert (found.passed, found.blocks, found.severity) == (False, False, "warn")
    assert found.examples == [{"column": "note", "problem": "is undeclared"}]


def test_a_null_where_none_may_be_fails_whichever_day_is_touched(lake: Lake) -> None:
    repeated(lake, RATES, day=TENTH, currency="JPY", units_per_eur=None)

    for touched in (TENTH, ELEVENTH):
        assert result(lake, RATES, SCHEMA, touched).examples == [
            {"column": "units_per_eur", "problem": "is null in 1 rows"}
        ]


def test_a_row_without_a_day_fails_whichever_day_is_touched(lake: Lake) -> None:
    repeated(lake, RATES, day=None)

    assert result(lake, RATES, SCHEMA, ELEVENTH).examples == [
        {"column": "day", "problem": "is null in 1 rows"}
    ]


def test_a_key_that_is_there_twice_fails(lake: Lake) -> None:
    repeated(lake, RATES, units_per_eur=9.9)

    found = result(lake, RATES, KEYS)

    assert (found.passed, found.blocks, found.rows) == (False, True, 1)
    assert found.examples[0]["rows"] == 2


@pytest.mark.parametrize("fault", ["twice", "lost"])
def test_a_record_that_bronze_has_twice_or_lost_fails(lake: Lake, fault: str) -> None:
    if fault == "twice":
        written(lake, BRONZE, lake.rows(BRONZE).head(1))
    else:
        DeltaTable(lake.store.uri(BRONZE)).delete("_row = 1")

    found = result(lake, BRONZE, KEYS)

    assert (found.passed, found.blocks) == (False, True)
    assert found.examples[0]["_file"] == "finance/exchange_rates/2026-03-11/a.ndjson"
    assert found.by_day == {dt.date(2026, 3, 11): 1}
