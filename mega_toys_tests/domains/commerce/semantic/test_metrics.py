from pathlib import Path

import polars as pl

from mega_toys.domains.commerce.gold.funnel_daily import FunnelDaily
from mega_toys.domains.commerce.silver.orders import Orders
from mega_toys_tests.domains.asked import near, over

MONTH = pl.col("day").dt.truncate("1mo").alias("month")


def test_conversion_is_divided_after_summing(tmp_path: Path) -> None:
    counts = {"sessions": [*range(60)], "sessions_with_purchase": [at // 9 for at in range(60)]}
    devices = ["desktop"] * 20 + ["mobile"] * 20 + ["tablet"] * 20
    lake = over(tmp_path, FunnelDaily, 60, device=devices, **counts)

    visits = lake.scan("commerce.gold.funnel_daily").group_by("device", MONTH)
    bought = visits.agg(pl.col("sessions", "sessions_with_purchase").sum())
    rate = pl.col("sessions_with_purchase") / pl.col("sessions")
    assert near(lake, "conversion", ["month", "device"], bought.with_columns(conversion=rate))


def test_a_customer_who_buys_twice_is_one_active_customer(tmp_path: Path) -> None:
    who = {"customer_id": [f"C{at % 37}" for at in range(300)], "country": ["DE", "FR", "IT"] * 100}
    status = ["placed", "cancelled", "returned", "cancelled", "delivered"] * 60
    lake = over(tmp_path, Orders, status=status, channel=["web", "app"] * 150, **who)

    bought = lake.scan("commerce.silver.orders").filter(pl.col("status") != "cancelled")
    active = pl.col("customer_id").n_unique().alias("active_customers")
    assert near(lake, "active_customers", ["country"], bought.group_by("country").agg(active))
    assert near(lake, "active_customers", ["month"], bought.group_by(MONTH).agg(active))
    assert lake.metric("active_customers").rows() == [(37,)]
