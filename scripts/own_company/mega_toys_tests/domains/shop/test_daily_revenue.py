import datetime as dt
from decimal import Decimal

from mega_toys.domains.shop.gold.daily_revenue import daily_revenue
from mega_toys.domains.shop.silver.receipts import Receipts
from mega_toys_tests.domains.rows import rows

MONDAY = dt.date(2026, 3, 2)


def test_revenue_is_what_was_paid() -> None:
    sold = {"day": MONDAY, "article": "lamp", "price_eur": Decimal(10)}
    receipts = rows(
        Receipts,
        {**sold, "receipt_id": "1", "quantity": 2, "paid_eur": Decimal(18)},
        {**sold, "receipt_id": "2", "quantity": 1, "paid_eur": Decimal(10)},
    )

    revenue = daily_revenue(receipts).collect()

    assert revenue.row(0, named=True) == {
        "day": MONDAY, "article": "lamp", "receipts": 2, "units": 3, "revenue_eur": Decimal(28),
    }  # fmt: skip
