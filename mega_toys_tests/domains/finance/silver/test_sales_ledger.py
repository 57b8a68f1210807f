from decimal import Decimal

import polars as pl
import pytest

from mega_toys.domains.finance.silver.sales_ledger import discount_is_valid
from mega_toys_tests.domains.rows import holds

HUGE = "99999999999999.9999"


@pytest.mark.parametrize(
    ("quantity", "unit_price", "discount", "verdict"),
    [
        (2, "1.5", "3", True),
        (2, "1.5", "3.0001", False),
        (2**63 - 1, HUGE, HUGE, True),
        (1, HUGE, HUGE, True),
        (2, "1.5", None, None),
        (None, "1.5", "9", None),
        (2, None, "9", None),
    ],
)
def test_a_discount_is_at_most_what_the_line_is_worth(
    quantity: int | None, unit_price: str | None, discount: str | None, verdict: bool | None
) -> None:
    money = pl.Decimal(18, 4)
    line = pl.DataFrame(
        {
            "quantity": [quantity],
            "unit_price": [unit_price and Decimal(unit_price)],
            "discount": [discount and Decimal(discount)],
        },
        schema={"quantity": pl.Int64, "unit_price": money, "discount": money},
    )

    assert holds(discount_is_valid(), line) == [verdict]
