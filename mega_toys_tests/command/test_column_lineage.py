"""What the command says of columns; it needs no lake for it."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mega_toys.command import cli

Said = Callable[..., str]
UNITS = "finance.gold.net_sales_daily.units"


@pytest.fixture
def said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Said:
    """What `mega-toys lineage` says where nothing was ever refreshed."""
    monkeypatch.chdir(tmp_path)

    def say(*words: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["mega-toys", "lineage", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        found = capsys.readouterr()
        assert ended.value.code == code, found.out + found.err
        return found.out if code == 0 else found.out + found.err

    return say


def test_a_column_is_followed_to_its_sources_and_what_chooses_rows_is_said(said: Said) -> None:
    told = said(UNITS)

    for part in (
        "finance.silver.sales_ledger.quantity",
        "commerce.bronze.orders.items",
        "shop: shop.orders",
        "rows: finance.silver.sales_ledger: day, sku (group); kind (filter)",
    ):
        assert part in told
    assert "unit_price" not in told.split("finance.silver.sales_ledger.quantity")[0]


def test_a_personal_datum_is_followed_to_all_that_holds_it(said: Said) -> None:
    told = said("commerce.bronze.customers.email", "--down")

    assert "commerce.silver.customers.email" in told
    assert "commerce.quarantine.customers.record" in told
    assert "gold.customer_value" not in told


def test_what_a_column_only_filters_is_said_as_such(said: Said) -> None:
    told = said("commerce.silver.order_lines.status", "--down")

    assert "rows of commerce.gold.daily_sales: all columns (filter)" in told


def test_what_reads_a_column_beside_tables_is_said(said: Said) -> None:
    told = said("commerce.silver.order_lines.quantity", "--down")

    for part in (
        "check sales_that_differ_from_the_order_lines of commerce.gold.daily_sales",
        "metric finance.semantic.net_sales",
        "finance.gold.net_sales_daily.gross_profit_eur  (confidential)",
    ):
        assert part in told
    assert "rule sign_matches_kind of" in said("supply.bronze.stock_movements.kind", "--down")
    assert "view supply.semantic.inventory_daily" in said(
        "supply.gold.inventory_position.closing", "--down"
    )


def test_a_view_comes_from_its_tables_and_is_among_what_becomes_of_a_column(said: Said) -> None:
    told = said("supply.semantic.on_time_share.on_time_share")

    assert "supply.semantic.shipped_orders.is_on_time" in told
    assert "supply.silver.stock_movements.moved_at" in told
    told = said("commerce.silver.orders.placed_at", "--down")
    assert "supply.semantic.on_time_share.on_time_share" in told


def test_json_has_each_column_on_the_way(said: Said) -> None:
    told = json.loads(said(UNITS, "--json"))

    columns = {one["column"]: one for one in told["columns"]}
    assert (told["asked"], told["direction"]) == ([UNITS], "up")
    assert columns[UNITS]["values"] == [
        "commerce.silver.order_lines.quantity", "finance.silver.sales_ledger.quantity",
    ]  # fmt: skip
    assert columns[UNITS]["rows"]["commerce.silver.order_lines.status"] == ["filter"]
    assert columns["commerce.silver.order_lines.quantity"]["values"] == [
        "commerce.bronze.orders.items"
    ]
    assert columns["commerce.silver.order_lines.quantity"]["privacy"] == "internal"


def test_a_table_means_all_of_its_columns_where_an_option_asks(said: Said) -> None:
    told = json.loads(said("commerce.gold.funnel_daily", "--json"))

    assert "commerce.gold.funnel_daily.conversion" in told["asked"]


def test_a_picture_is_drawn_that_a_browser_can_read(said: Said, tmp_path: Path) -> None:
    said(UNITS, "--svg", "units.svg")

    drawn = ElementTree.fromstring((tmp_path / "units.svg").read_text())
    texts = ["".join(one.itertext()) for one in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"units", "finance.gold.net_sales_daily", "commerce.bronze.orders"} <= set(texts)


MISTAKES = {
    "a column": (
        ["finance.gold.net_sales_daily.unit"],
        "Did you mean `units`? It has day, channel,",
    ),
    "a table": (
        ["finance.gold.net_sales.units"],
        "No table `finance.gold.net_sales`. Did you mean",
    ),
    "no table": (["nothing"], "No table `nothing`."),
    "a view's column": (["supply.semantic.inventory_daily.dy"], "Did you mean `day`?"),
    "the lake's own": (["lake.files.path"], "kept by the lake itself"),
    "a folder": ([UNITS, "--svg", "no/such/folder/a.svg"], "cannot be written"),
}


@pytest.mark.parametrize(("words", "part"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_names_the_way_out(said: Said, words: list[str], part: str) -> None:
    assert part in " ".join(said(*words, code=2).split())
