import datetime as dt

from mega_toys.domains.finance.costing import days_of_costs
from mega_toys.domains.finance.silver.standard_costs import StandardCosts
from mega_toys_tests.domains.rows import rows

FRIDAY = dt.date(2026, 3, 13)


def test_costs_touch_the_days_from_the_first_of_them_on() -> None:
    costs = [{"effective_from": FRIDAY + dt.timedelta(days=n)} for n in (2, 0, 1)]

    assert days_of_costs(rows(StandardCosts, *costs).collect()) == [(FRIDAY, dt.date.max)]
    assert days_of_costs(rows(StandardCosts).collect()) == []
