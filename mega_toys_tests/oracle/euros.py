"""Amounts in EUR: the rate of a day, sums in Float64, and their rounding."""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

Row = dict[str, Any]


class Rates:
    """Units per EUR of every currency, as of any day."""

    def __init__(self, exchange_rates: list[Row]) -> None:
        self.by_currency: defaultdict[str, list[tuple[date, float]]] = defaultdict(list)
        for rate in sorted(exchange_rates, key=lambda r: r["day"]):
            self.by_currency[rate["currency"]].append((rate["day"], rate["units_per_eur"]))

    def to_eur(self, amount: Decimal, currency: str, day: date) -> float | None:
        """The amount in EUR; null while the currency has no rate."""
        if currency == "EUR":
            return float(amount)
        rates = self.by_currency[currency]
        at = bisect_right([of for of, _ in rates], day)
        return float(amount) / rates[at - 1][1] if at else None


def total(amounts: Iterable[float | None]) -> float | None:
    """Their sum; null if one of them is."""
    found = list(amounts)
    return None if None in found else math.fsum(amount or 0.0 for amount in found)


def less(amount: float | None, *parts: float | None) -> float | None:
    """What is left of an amount; null if something is."""
    if amount is None or None in parts:
        return None
    return amount - math.fsum(part or 0.0 for part in parts)


def rounded(amount: float | None) -> Decimal | None:
    """As stored: half to even to 4 places."""
    return None if amount is None else Decimal(amount).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
