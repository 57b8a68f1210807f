import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl

from mega_toys.domains.finance.exchange import days_of_rates, in_eur
from mega_toys.domains.finance.silver.exchange_rates import ExchangeRates
from mega_toys_tests.domains.rows import rows

FRIDAY = dt.date(2026, 3, 13)


def euros(currency: str, *rates: dict[str, Any], **told: Any) -> tuple[Any, ...]:
    """Gross, discount and net of two pieces for 3 each, 1 off."""
    money = {"unit_price": Decimal(3), "discount": Decimal(1)}
    line = pl.LazyFrame([{"day": FRIDAY, "quantity": 2, "currency": currency, **money, **told}])
    converted = in_eur(line, rows(ExchangeRates, *rates)).collect()
    return converted.select("gross_eur", "discount_eur", "net_eur").row(0)


def test_a_euro_is_a_euro_whatever_is_published() -> None:
    published = {"day": FRIDAY, "currency": "EUR", "units_per_eur": 2.0}

    assert euros("EUR") == euros("EUR", published) == (6, 1, 5)


def test_an_amount_is_divided_by_the_units_that_a_euro_buys() -> None:
    assert euros("USD", {"day": FRIDAY, "currency": "USD", "units_per_eur": 2.0}) == (3, 0.5, 2.5)


def test_a_later_rate_and_that_of_another_currency_do_not_count() -> None:
    later = {"day": FRIDAY + dt.timedelta(days=1), "currency": "USD", "units_per_eur": 2.0}
    other = {"day": FRIDAY, "currency": "GBP", "units_per_eur": 2.0}

    assert euros("USD", later, other) == (None, None, None)


def test_no_discount_is_a_discount_of_nothing() -> None:
    off = pl.Series([None], dtype=pl.Decimal(18, 4)).to_list()[0]

    assert euros("EUR", discount=off) == (6, 0, 6)


def test_rates_touch_the_days_from_the_first_of_them_on() -> None:
    days = [{"day": FRIDAY + dt.timedelta(days=n), "currency": "USD"} for n in (2, 0, 1)]

    assert days_of_rates(rows(ExchangeRates, *days).collect()) == [(FRIDAY, dt.date.max)]
    assert days_of_rates(rows(ExchangeRates).collect()) == []
