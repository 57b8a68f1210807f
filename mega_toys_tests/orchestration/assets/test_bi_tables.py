"""The DuckDB file has what the declarations say: comments, no private column of silver, views."""

from pathlib import Path

import duckdb
import pytest

from mega_toys.declared.catalog import Catalog
from mega_toys.domains.commerce.silver.customers import TABLE as CUSTOMERS
from mega_toys.domains.commerce.silver.products import TABLE as PRODUCTS
from mega_toys.orchestration.assets.bi_tables import make_table, make_views, within
from mega_toys.orchestration.assets.warehouse import published_of
from mega_toys_tests.lakes import DECLARED

VIEWS = {
    "commerce.semantic.a_second": "SELECT count(*) AS n FROM commerce.semantic.names",
    "commerce.semantic.names": "-- The names.\nSELECT name FROM commerce.silver.products",
    "commerce.semantic.nowhere": "SELECT 1 AS n FROM commerce.silver.orders",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with both tables and the views, made in a database that is attached."""
    path = tmp_path / "made.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS made")
        with within(connection, "made"):
            for table in (PRODUCTS, CUSTOMERS):
                columns = ", ".join(f"'x' AS \"{name}\"" for name in table.columns)
                make_table(connection, table, f"SELECT {columns}")
            make_views(connection, Catalog(DECLARED, VIEWS), [PRODUCTS, CUSTOMERS])
        assert connection.execute("SELECT current_database()").fetchone() == ("memory",)
    return path


def test_tables_and_columns_say_what_they_are(file: Path) -> None:
    with duckdb.connect(str(file), read_only=True) as bi:
        of_tables = bi.sql("SELECT comment FROM duckdb_tables() WHERE table_name = 'products'")
        table = of_tables.fetchall()
        of_columns = bi.sql(
            "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'products'"
        )
        columns = dict(of_columns.fetchall())

    assert table == [(PRODUCTS.title,)]
    assert columns["sku"] == PRODUCTS.columns["sku"].description
    assert None not in columns.values()


def test_of_silver_it_has_no_private_column_but_the_key(
    file: Path,
) -> None:
    with duckdb.connect(str(file), read_only=True) as bi:
        columns = {name for name, *_ in bi.sql("DESCRIBE commerce.customers").fetchall()}

    assert columns == {*CUSTOMERS.columns} - {"email", "full_name", "phone", "birth_date"}


def test_views_whose_tables_are_there_can_be_asked_under_any_name_of_the_file(file: Path) -> None:
    with duckdb.connect() as bi:
        bi.execute(f"ATTACH '{file}' AS other (READ_ONLY)")
        bi.execute("USE other")
        assert bi.sql("FROM commerce.names").fetchall() == [("x",)]
        assert bi.sql("FROM commerce.a_second").fetchall() == [(1,)]
        views = bi.sql("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal")
        assert dict(views.fetchall()) == {"names": "The names.", "a_second": ""}


def test_gold_and_the_descriptions_that_are_published_are_in_it() -> None:
    names = {str(table.name) for table in published_of(DECLARED)}

    assert {"commerce.silver.products", "commerce.silver.customers"} <= names
    assert {"manufacturing.silver.machines", "manufacturing.silver.factories"} <= names
    assert "commerce.silver.order_lines" not in names
    assert "lake.gold.data_quality_daily" in names
