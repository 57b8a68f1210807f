import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl

from mega_toys.domains.commerce.gold.daily_sales import (
    DailySales,
    amounts_beyond_18_digits,
    counts_at_the_end_of_their_range,
    daily_sales,
    sales_by_an_old_rate,
    sales_without_exchange_rate,
)
from mega_toys.domains.commerce.silver.order_lines import OrderLines
from mega_toys.domains.finance.silver.exchange_rates import ExchangeRates
from mega_toys_tests.domains.rows import rows

FRIDAY = dt.date(2026, 3, 13)
SUNDAY = FRIDAY + dt.timedelta(days=2)
AMOUNTS = ("gross_sales_eur", "discounts_eur", "returns_eur", "net_sales_eur")


def line(order_id: str, quantity: int, price: str, **told: Any) -> dict[str, Any]:
    bought = {"order_id": order_id, "quantity": quantity, "unit_price": Decimal(price)}
    usual = {"day": FRIDAY, "sku": "TOY-1", "country": "BE", "channel": "web", "line_no": 1}
    paid = {"discount": Decimal(0), "currency": "EUR", "status": "paid"}
    return {**usual, **paid, **bought, **told}


def rate(day: dt.date, currency: str, units_per_eur: float) -> dict[str, Any]:
    return {"day": day, "currency": currency, "units_per_eur": units_per_eur}


def sales(lines: list[dict[str, Any]], *rates: dict[str, Any]) -> pl.DataFrame:
    built = daily_sales(rows(OrderLines, *lines), rows(ExchangeRates, *rates)).collect()
    kept = built.select(DailySales.column_names())
    return DailySales.validate(kept).sort("day", "sku", "country", "channel")


def amounts(found: pl.DataFrame) -> list[tuple[Decimal | None, ...]]:
    return found.select(AMOUNTS).rows()


def test_net_is_gross_less_discounts_less_what_was_returned() -> None:
    found = sales(
        [
            line("O1", 3, "10", discount=Decimal(5)),
            line("O1", 1, "10", line_no=2),
            line("O2", 2, "10", discount=Decimal("0.5"), status="returned"),
            line("O3", 9, "10", status="cancelled"),
        ]
    )

    assert found.select("orders", "units").rows() == [(2, 6)]
    assert amounts(found) == [(Decimal(60), Decimal("5.5"), Decimal("19.5"), Decimal(35))]


def test_only_cancelled_orders_leave_no_row() -> None:
    assert sales([line("O1", 1, "10", status="cancelled")]).is_empty()


def test_a_weekend_takes_the_rate_of_the_last_banking_day() -> None:
    found = sales(
        [line("O1", 1, "10", day=SUNDAY, currency="USD")],
        rate(FRIDAY - dt.timedelta(days=1), "USD", 4.0),
        rate(FRIDAY, "USD", 1.25),
        rate(SUNDAY + dt.timedelta(days=1), "USD", 2.0),
        rate(SUNDAY, "GBP", 0.5),
    )

    assert amounts(found) == [(Decimal(8), Decimal(0), Decimal(0), Decimal(8))]


def test_a_missing_rate_leaves_the_counts_and_nulls_every_amount_of_the_row() -> None:
    lines = [
        line("O1", 1, "10", currency="USD"),
        line("O2", 2, "10"),
        line("O3", 1, "10", sku="TOY-2"),
    ]
    late = rate(FRIDAY + dt.timedelta(days=1), "USD", 1.25)

    found = sales(lines, late)
    wrong = sales_without_exchange_rate(rows(OrderLines, *lines), rows(ExchangeRates, late))

    assert found.select("sku", "orders", "units").rows() == [("TOY-1", 2, 3), ("TOY-2", 1, 1)]
    assert amounts(found) == [
        (None, None, None, None),
        (Decimal(10), Decimal(0), Decimal(0), Decimal(10)),
    ]
    assert wrong.collect().rows() == [("USD", FRIDAY, 1)]


def test_amounts_are_rounded_once_after_they_are_summed() -> None:
    thirds = [line(f"O{n}", 1, "1", currency="XTS") for n in range(3)]

    assert amounts(sales(thirds, rate(FRIDAY, "XTS", 3.0)))[0][0] == Decimal(1)


def test_an_absurd_amount_is_null_stops_nothing_and_is_told() -> None:
    lines = [line("O1", 2**63 - 1, "99999999999999.9999"), line("O2", 2**63 - 1, "1")]
    found = sales(lines)
    told = amounts_beyond_18_digits(found.lazy(), rows(OrderLines, *lines), rows(ExchangeRates))

    assert found["units"].to_list() == [2**63 - 1]
    assert amounts(found)[0][0] is None
    assert told.select("sku", "day").collect().rows() == [("TOY-1", FRIDAY)]
    assert counts_at_the_end_of_their_range(found.lazy()).collect().height == 1


def test_a_rate_of_more_than_ten_days_ago_is_told() -> None:
    lines = rows(OrderLines, line("O1", 1, "10", currency="USD"))
    old, newer = (rate(FRIDAY - dt.timedelta(days=age), "USD", 2.0) for age in (11, 10))

    assert sales_by_an_old_rate(lines, rows(ExchangeRates, old)).collect()["lines"].to_list() == [1]
    assert sales_by_an_old_rate(lines, rows(ExchangeRates, old, newer)).collect().is_empty()


def test_without_lines_there_are_no_sales() -> None:
    assert sales([]).is_empty()
