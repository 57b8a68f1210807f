import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from mega_toys.domains.commerce.gold.customer_value import (
    CustomerValue,
    customer_value,
    spending_without_exchange_rate,
)
from mega_toys.domains.commerce.silver.order_lines import OrderLines
from mega_toys.domains.commerce.silver.orders import Orders
from mega_toys.domains.finance.silver.exchange_rates import ExchangeRates
from mega_toys_tests.domains.rows import rows

TODAY = dt.date(2026, 3, 13)


def order(customer_id: str, ago: int, euros: int | None, **told: Any) -> dict[str, Any]:
    """An order so many days ago; for None euros in a currency without a rate."""
    usual = {"customer_id": customer_id, "day": TODAY - dt.timedelta(days=ago), "status": "paid"}
    return {**usual, "euros": euros, **told}


def frames(
    orders: tuple[dict[str, Any], ...],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every order with its one line."""
    kept, lines = [], []
    for n, one in enumerate(orders):
        told = {"order_id": f"O{n}", "day": one["day"], "status": one["status"]}
        kept.append({**told, "customer_id": one["customer_id"]})
        price = {"quantity": 1, "unit_price": Decimal(one["euros"] or 1), "discount": Decimal(0)}
        lines.append({**told, **price, "currency": "XTS" if one["euros"] is None else "EUR"})
    return kept, lines


def values(*orders: dict[str, Any]) -> pl.DataFrame:
    kept, lines = frames(orders)
    built = customer_value(rows(Orders, *kept), rows(OrderLines, *lines), rows(ExchangeRates))
    found = built.collect().select(CustomerValue.column_names())
    return CustomerValue.validate(found).sort("customer_id")


def test_recency_counts_to_the_newest_day_of_all_orders() -> None:
    found = values(order("A", 9, 10), order("A", 5, 20), order("B", 0, 10, status="cancelled"))

    assert found.row(0)[:5] == (
        "A",
        TODAY - dt.timedelta(days=9),
        TODAY - dt.timedelta(days=5),
        5,
        2,
    )
    assert found["monetary_eur"].to_list() == [30]


@pytest.mark.parametrize("status", ["cancelled", "returned"])
def test_cancelled_and_returned_orders_count_nowhere(status: str) -> None:
    found = values(
        order("A", 1, 10), order("A", 0, 99, status=status), order("B", 0, 9, status=status)
    )

    assert found.select("customer_id", "orders", "monetary_eur", "recency_days").rows() == [
        ("A", 1, 10, 1)
    ]


def test_a_score_is_the_share_of_customers_strictly_worse_in_fifths() -> None:
    found = values(*(order(f"C{n}", 10 - n, 100 + n) for n in range(10)))

    assert found["r_score"].to_list() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert found["m_score"].to_list() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert found["f_score"].to_list() == [1] * 10


def test_ties_share_the_lower_score() -> None:
    found = values(order("A", 2, 10), order("B", 1, 20), order("C", 1, 20), order("D", 1, 20))

    assert found["r_score"].to_list() == [1, 2, 2, 2]
    assert found["m_score"].to_list() == [1, 2, 2, 2]


def test_an_unknown_monetary_value_is_the_worst() -> None:
    known = values(order("A", 0, 0), order("B", 0, None), order("C", 0, None), order("C", 0, 5))
    kept, lines = frames((order("B", 3, None),))
    wrong = spending_without_exchange_rate(
        rows(Orders, *kept), rows(OrderLines, *lines), rows(ExchangeRates)
    )

    assert known.select("monetary_eur", "m_score").rows()[1:] == [(None, 1), (None, 1)]
    assert known["m_score"].to_list()[0] == 1 + 5 * 2 // 3
    assert wrong.collect().rows() == [("XTS", TODAY - dt.timedelta(days=3), 1)]


def test_segments_follow_from_the_scores() -> None:
    often = [order(f"often{n}", 15 * n, 10 + n) for n in range(4) for _ in range(2)]
    once = [order(f"once{n}", 7 * n, 1 + 40 * n) for n in range(8)]

    gone = order("gone", 60, 3)

    scored = values(*often, *once, gone).select("r_score", "f_score", "m_score", "segment").rows()

    assert [segment for *_, segment in scored] == [_segment(r, f, m) for r, f, m, _ in scored]
    assert len({segment for *_, segment in scored}) == 6


def _segment(r: int, f: int, m: int) -> str:
    """The first that holds, in the order of the spec."""
    claims = {
        "champion": r >= 4 and f >= 4,
        "loyal": f >= 4,
        "new": r >= 4,
        "at_risk": r <= 2 and m >= 4,
        "lost": r <= 2,
    }
    return next((name for name, holds in claims.items() if holds), "regular")


def test_who_was_valuable_and_is_away_is_at_risk() -> None:
    found = values(order("A", 50, 1000), *(order(f"B{n}", n, 10 + n) for n in range(4)))

    assert found.row(0)[-4:] == (1, 1, 5, "at_risk")


def test_without_orders_there_are_no_customers() -> None:
    assert values().is_empty()
