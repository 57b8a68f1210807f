import datetime as dt
from typing import Any

import polars as pl
import pytest

from mega_toys.domains.commerce.gold.funnel_daily import FunnelDaily, funnel_daily
from mega_toys.domains.commerce.silver.sessions import Sessions
from mega_toys_tests.domains.rows import rows

DAY = dt.date(2026, 3, 10)
COUNTS = ("page_views", "view_items", "add_to_carts", "begin_checkouts", "purchases")


def visit(**told: Any) -> dict[str, Any]:
    usual = {"day": DAY, "device": "mobile", "duration_s": 0.0, **dict.fromkeys(COUNTS, 0)}
    return {**usual, **told}


def funnel(*visits: dict[str, Any]) -> pl.DataFrame:
    built = funnel_daily(rows(Sessions, *visits)).collect()
    return FunnelDaily.validate(built.select(FunnelDaily.column_names())).sort("day", "device")


@pytest.mark.parametrize(
    ("told", "engaged"),
    [
        ({"duration_s": 10.0}, 0),
        ({"duration_s": 10.000001}, 1),
        ({"page_views": 1}, 0),
        ({"page_views": 2}, 1),
        ({"purchases": 1}, 1),
    ],
)
def test_engaged_is_longer_than_ten_seconds_or_two_page_views_or_a_purchase(
    told: dict[str, Any], engaged: int
) -> None:
    assert funnel(visit(**told))["engaged_sessions"].to_list() == [engaged]


def test_each_step_counts_the_visits_that_took_it() -> None:
    found = funnel(
        visit(view_items=3, add_to_carts=2, begin_checkouts=1, purchases=1),
        visit(view_items=1, add_to_carts=1),
        visit(purchases=2),
        visit(),
    ).row(0, named=True)

    steps = ("view_item", "add_to_cart", "begin_checkout", "purchase")
    assert [found[f"sessions_with_{step}"] for step in steps] == [2, 2, 1, 2]
    assert found["sessions"] == 4
    assert found["cart_abandonment"] == 1 - 1 / 2  # the purchase without a cart rescues none
    assert found["conversion"] == 2 / 4


def test_without_carts_there_is_no_abandonment() -> None:
    assert funnel(visit()).select("cart_abandonment", "conversion").rows() == [(None, 0)]


def test_without_visits_there_is_no_funnel() -> None:
    assert funnel().is_empty()
