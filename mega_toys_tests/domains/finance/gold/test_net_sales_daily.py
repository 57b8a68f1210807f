import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from mega_toys.domains.commerce.silver.order_lines import OrderLines
from mega_toys.domains.finance.gold.net_sales_daily import (
    NetSalesDaily,
    amounts_beyond_18_digits,
    counts_at_the_end_of_their_range,
    net_sales_daily,
    sales_by_an_old_rate,
    sales_without_exchange_rate,
    sales_without_standard_cost,
)
from mega_toys.domains.finance.silver.exchange_rates import ExchangeRates
from mega_toys.domains.finance.silver.sales_ledger import SalesLedger
from mega_toys.domains.finance.silver.standard_costs import StandardCosts
from mega_toys_tests.domains.rows import rows, utc

DAY = dt.date(2026, 3, 13)
AMOUNTS = ("gross_sales_eur", "discounts_eur", "returns_eur", "net_sales_eur")
PROFIT = ("cost_of_sales_eur", "gross_profit_eur", "gross_margin")


def web(order_id: str, quantity: int, price: str, **told: Any) -> dict[str, Any]:
    usual = {"day": DAY, "sku": "TOY-1", "currency": "EUR", "status": "paid", "line_no": 1}
    bought = {"quantity": quantity, "unit_price": Decimal(price), "discount": Decimal(0)}
    return {**usual, **bought, "order_id": order_id, **told}


def entry(entry_id: str, quantity: int, price: str, **told: Any) -> dict[str, Any]:
    usual = {"day": DAY, "sku": "TOY-1", "currency": "EUR", "kind": "invoice"}
    bought = {"quantity": quantity, "unit_price": Decimal(price), "discount": None}
    return {**usual, **bought, "entry_id": entry_id, **told}


def cost(
    material: str, effective_from: dt.date = dt.date(2026, 1, 1), **told: Any
) -> dict[str, Any]:
    usual = {"sku": "TOY-1", "effective_from": effective_from, "is_current": True}
    parts = {"labour_eur": Decimal("0.5"), "overhead_eur": Decimal("0.5")}
    begin = {"valid_from": utc("2026-01-01 00:00")}
    return {**usual, **parts, **begin, "material_eur": Decimal(material), **told}


def sales(
    *lines: dict[str, Any],
    ledger: tuple[dict[str, Any], ...] = (),
    rates: tuple[dict[str, Any], ...] = (),
    costs: tuple[dict[str, Any], ...] = (cost("1"),),
) -> pl.DataFrame:
    built = net_sales_daily(
        rows(OrderLines, *lines),
        rows(SalesLedger, *ledger),
        rows(ExchangeRates, *rates),
        rows(StandardCosts, *costs),
    )
    found = built.collect().select(NetSalesDaily.column_names())
    return NetSalesDaily.validate(found).sort("day", "channel", "sku")


def test_a_returned_web_order_is_sold_and_taken_back_on_its_day() -> None:
    found = sales(
        web("O1", 5, "10", discount=Decimal(5)),
        web("O2", 2, "10", discount=Decimal(1), status="returned"),
        web("O3", 9, "10", status="cancelled"),
    )

    assert found.select("channel", "units", "returned_units").rows() == [("web", 7, 2)]
    assert found.select(AMOUNTS).rows() == [(70, 6, 19, 45)]
    assert found.select(PROFIT).rows() == [(10, 35, pytest.approx(35 / 45))]


def test_a_credit_note_counts_on_its_own_day() -> None:
    next_day = DAY + dt.timedelta(days=1)
    found = sales(
        ledger=(
            entry("E1", 10, "8", discount=Decimal(10)),
            entry("E2", 4, "8", discount=Decimal(2), kind="credit_note", day=next_day),
        )
    )

    units = found.select("day", "channel", "units", "returned_units")
    assert units.rows() == [(DAY, "wholesale", 10, 0), (next_day, "wholesale", 0, 4)]
    assert found.select(AMOUNTS).rows() == [(80, 10, 0, 70), (0, 0, 30, -30)]
    assert found.select(PROFIT).rows() == [
        (20, 50, pytest.approx(50 / 70)),
        (-8, -22, pytest.approx(22 / 30)),
    ]


def test_all_of_the_web_shop_is_one_channel() -> None:
    found = sales(
        web("O1", 1, "10"), web("O2", 1, "10", channel="app"), ledger=(entry("E", 1, "1"),)
    )

    assert found.select("channel", "units").rows() == [("web", 2), ("wholesale", 1)]


def test_a_cost_holds_from_its_day_on_in_its_newest_version() -> None:
    costs = (
        cost("1"),
        cost("99", DAY, is_current=False),
        cost("2", DAY, valid_from=utc("2026-02-01 00:00")),
        cost("50", DAY + dt.timedelta(days=2)),
    )
    days = [DAY + dt.timedelta(days=n) for n in (-1, 0, 1, 2)]
    found = sales(*(web(f"O{n}", 1, "10", day=day) for n, day in enumerate(days)), costs=costs)

    assert found["cost_of_sales_eur"].to_list() == [2, 3, 3, 51]


def test_without_a_valid_cost_only_cost_profit_and_margin_are_unknown() -> None:
    lines = (web("O1", 2, "10"),)
    later = cost("1", DAY + dt.timedelta(days=1))
    found = sales(*lines, costs=(later,))
    wrong = sales_without_standard_cost(
        rows(OrderLines, *lines), rows(SalesLedger), rows(StandardCosts, later)
    )

    assert found.select(AMOUNTS).rows() == [(20, 0, 0, 20)]
    assert found.select(PROFIT).rows() == [(None, None, None)]
    assert wrong.collect().rows() == [("TOY-1", DAY, 1)]


def test_a_missing_rate_nulls_every_amount_and_ratio_even_for_a_credit_note() -> None:
    ledger = (
        entry("E1", 2, "10"),
        entry("E2", 1, "10", currency="USD", kind="credit_note"),
    )
    found = sales(ledger=ledger)
    wrong = sales_without_exchange_rate(
        rows(OrderLines), rows(SalesLedger, *ledger), rows(ExchangeRates)
    )

    assert found.select("units", "returned_units").rows() == [(2, 1)]
    assert found.select(*AMOUNTS, *PROFIT).rows() == [(None,) * 7]
    assert wrong.collect().rows() == [("USD", DAY, 1)]


def test_without_net_sales_there_is_no_margin() -> None:
    found = sales(web("O1", 1, "10", status="returned"))

    assert found.select("net_sales_eur", *PROFIT).rows() == [(0, 0, 0, None)]


def test_without_sales_there_is_no_row() -> None:
    assert sales(costs=()).is_empty()


def test_a_rate_of_more_than_ten_days_ago_is_told_with_its_currency_and_day() -> None:
    ledger = (entry("E1", 1, "10", currency="USD"), entry("E2", 1, "10", currency="RUB"))
    rates = [
        {"day": DAY - dt.timedelta(days=age), "currency": currency, "units_per_eur": 2.0}
        for currency, age in (("USD", 10), ("RUB", 11), ("EUR", 100))
    ]
    lines = rows(OrderLines, web("O1", 1, "10"))

    old = sales_by_an_old_rate(lines, rows(SalesLedger, *ledger), rows(ExchangeRates, *rates))

    assert old.collect().rows() == [("RUB", DAY, DAY - dt.timedelta(days=11), 1)]


def test_amounts_beyond_18_digits_are_told_unless_a_rate_is_missing() -> None:
    ledger = (
        entry("E1", 4006381333931, "99.99"),
        entry("E2", 1, "10", sku="TOY-2"),
        entry("E3", 1, "10", sku="TOY-3", currency="USD"),
    )
    found = sales(ledger=ledger)

    told = amounts_beyond_18_digits(
        found.lazy(), rows(OrderLines), rows(SalesLedger, *ledger), rows(ExchangeRates)
    )

    assert told.collect().rows() == [(DAY, "wholesale", "TOY-1")]


def test_counts_that_stop_at_what_64_bits_hold_are_told() -> None:
    found = sales(
        ledger=(entry("E1", 2**63 - 1, "0"), entry("E2", 1, "0"), entry("E3", 1, "0", sku="B"))
    )

    told = counts_at_the_end_of_their_range(found.lazy())

    assert told.collect().rows() == [(DAY, "wholesale", "TOY-1")]
