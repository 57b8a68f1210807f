"""The lake from Python."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import mega_toys
from mega_toys.declared.errors import LakeError, UnknownTableError
from mega_toys_tests.lakes import Lake, needed_for

ORDER = {
    "order_id": "O1", "customer_id": "C1", "placed_at": "2026-03-10T23:30:00-05:00",
    "updated_at": "2026-03-11T05:00:00Z", "status": "Paid", "currency": "eur", "country": "de",
    "channel": "web", "items": [{"line_no": 1, "sku": "T", "quantity": 2, "unit_price": 1.25}],
}  # fmt: skip


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("lake"), needed_for("commerce.gold.daily_sales"))
    lake.send("commerce/orders/2026-03-11/a.ndjson", ORDER)
    lake.refresh()
    return lake


@pytest.mark.slow
def test_a_product_is_a_lazy_frame(lake: Lake) -> None:
    sales = mega_toys.open(lake.store.root).scan("commerce.gold.daily_sales")

    assert isinstance(sales, pl.LazyFrame)
    found = sales.select("day", "sku", "units", "net_sales_eur").collect().rows()
    assert found == [(dt.date(2026, 3, 10), "T", 2, Decimal("2.5"))]


def test_a_table_can_be_read_as_it_was(lake: Lake) -> None:
    opened = mega_toys.open(lake.store.root)
    name = "commerce.silver.orders"

    assert opened.scan(name, 0).collect().is_empty()
    assert opened.scan(name, dt.datetime.now(dt.UTC)).collect().height == 1


def test_a_version_that_is_not_there_is_refused(lake: Lake) -> None:
    opened = mega_toys.open(lake.store.root)

    with pytest.raises(LakeError, match="its newest version is"):
        opened.scan("commerce.silver.orders", 99)


def test_every_table_is_named(lake: Lake) -> None:
    tables = mega_toys.open(lake.store.root).tables()

    sales = tables.filter(table="commerce.gold.daily_sales").drop("description").rows()
    assert sales == [("commerce.gold.daily_sales", "by day", 1, "commerce-analytics", "internal")]
    quarantine = tables.filter(table="commerce.quarantine.orders")
    assert quarantine["kind"].item() == "quarantine"
    assert "view" in set(tables["kind"])
    assert tables["description"].str.len_chars().min() > 0


def test_sql_knows_the_names_that_python_knows(lake: Lake) -> None:
    opened = mega_toys.open(lake.store.root)

    rows = opened.sql("SELECT units FROM commerce.gold.daily_sales")
    assert rows.equals(opened.scan("commerce.gold.daily_sales").select("units").collect())
    assert sorted(opened.sql("SHOW TABLES")["table"]) == sorted(
        name for name in opened.names if lake.store.exists(name) or name in opened.catalog.views
    )


def test_a_misspelt_table_is_named_with_the_one_that_may_be_meant(lake: Lake) -> None:
    with pytest.raises(UnknownTableError, match=r"Did you mean `commerce\.gold\.daily_sales`"):
        mega_toys.open(lake.store.root).scan("commerce.gold.daily_sale")


def test_a_table_before_its_first_refresh_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="mega-toys refresh"):
        mega_toys.open(str(tmp_path)).scan("commerce.gold.daily_sales")


def test_the_lake_of_the_settings_is_opened(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEGA_TOYS_LAKE_ROOT", lake.store.root)

    assert mega_toys.open().scan("commerce.silver.orders").collect().height == 1
