"""What Dagster is told of the lineage of columns."""

from dataclasses import replace
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from mega_toys.declared.schemas import dy
from mega_toys.domains.commerce.gold.funnel_daily import TABLE as FUNNEL
from mega_toys.domains.commerce.silver.sessions import Sessions
from mega_toys.lake.code.cache import Remembered
from mega_toys.orchestration.reporting import column_lineage as told_of
from mega_toys.orchestration.reporting.column_lineage import column_lineage, made_from
from mega_toys_tests.lakes import DECLARED

BRONZE = DECLARED["commerce.bronze.orders"]


@pytest.fixture(autouse=True)
def nothing_is_known(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(told_of, "_READ", Remembered(f"of {request.node.name}"))


def _of(table: str) -> dict[str, list[dg.TableColumnDep]]:
    found = column_lineage(DECLARED[table], DECLARED)["dagster/column_lineage"]
    assert isinstance(found, dg.TableColumnLineage)
    return {name: list(deps) for name, deps in found.deps_by_column.items()}


def test_each_column_names_the_columns_of_assets_that_its_values_come_from() -> None:
    sessions = dg.AssetKey(["commerce", "silver", "sessions"])

    assert _of("commerce.gold.funnel_daily")["cart_abandonment"] == [
        dg.TableColumnDep(sessions, "add_to_carts"),
        dg.TableColumnDep(sessions, "purchases"),
    ]


def test_the_pages_say_what_a_column_comes_from() -> None:
    told = made_from(DECLARED["commerce.gold.funnel_daily"], DECLARED)

    assert told["conversion"] == "From commerce.silver.sessions.purchases."
    assert "sessions" not in told, "a count of rows comes from no column"
    quality = made_from(DECLARED["lake.gold.data_quality_daily"], DECLARED)
    assert quality["open"] == f"From {len(DECLARED.from_bronze)} columns."


def test_what_the_lake_keeps_of_itself_is_no_asset() -> None:
    assert _of("lake.gold.data_quality_daily")["received"] == []


def test_bronze_holds_what_was_sent() -> None:
    assert column_lineage(BRONZE, DECLARED) == {}


def test_a_table_whose_code_tells_no_lineage_says_why_and_loads_all_the_same() -> None:
    def collected(sessions: dy.LazyFrame[Sessions]) -> pl.LazyFrame:
        return sessions.collect().lazy()

    told = column_lineage(replace(FUNNEL, build=collected), DECLARED)["column lineage"]

    assert "`sessions` is collected" in str(told)
