"""How long people wait for answers: `python -m benchmarks.questions`, asked of the own lake.

Eight questions to gold, and look-ups of one record by its key, in a process that has asked before:
the median of so many times, in milliseconds.
"""

import argparse
import statistics
import time
from collections.abc import Iterator
from typing import Any

import mega_toys
from mega_toys.lake.reading.reader import Reader

QUESTIONS = {
    "net sales by country": "SELECT country, sum(net_sales_eur) FROM commerce.gold.daily_sales "
    "GROUP BY country",
    "best toys of a week": "SELECT sku, sum(units) AS units FROM commerce.gold.daily_sales "
    "WHERE day > (SELECT max(day) - 7 FROM commerce.gold.daily_sales) "
    "GROUP BY sku ORDER BY units DESC LIMIT 10",
    "margin by channel": "SELECT channel, sum(gross_profit_eur) / sum(net_sales_eur) "
    "FROM finance.gold.net_sales_daily GROUP BY channel",
    "OEE by factory": "SELECT factory_id, avg(oee) FROM manufacturing.gold.factory_oee_daily "
    "GROUP BY factory_id",
    "hottest hours": "SELECT machine_id, day, hour, temperature_c_max "
    "FROM manufacturing.gold.machine_hourly ORDER BY temperature_c_max DESC LIMIT 20",
    "conversion by device": "SELECT device, sum(sessions_with_purchase) / sum(sessions) "
    "FROM commerce.gold.funnel_daily GROUP BY device",
    "customers by segment": "SELECT segment, count(*), sum(monetary_eur) "
    "FROM commerce.gold.customer_value GROUP BY segment",
    "toys soon out of stock": "SELECT sku, warehouse_id, days_of_supply "
    "FROM supply.gold.inventory_position WHERE day = (SELECT max(day) "
    "FROM supply.gold.inventory_position) AND days_of_supply < 7",
}
LOOKED_UP = {
    "commerce.silver.orders": "order_id",
    "commerce.silver.customers": "customer_id",
    "manufacturing.silver.machine_readings": "event_id",
}


def main() -> None:
    """Ask each so many times and print the median."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.questions", description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="that each is asked (20)")
    measured(mega_toys.open(), parser.parse_args().times)


def measured(lake: Reader, times: int) -> dict[str, Any]:
    """The median of each, in milliseconds."""
    found = {}
    for what, query in _asked(lake):
        found[what] = _median_ms(lake, query, times)
        print(f"{found[what]:10.1f} ms  {what}", flush=True)
    return {"times": times, "ms": found}


def _asked(lake: Reader) -> Iterator[tuple[str, str]]:
    """The questions, and a look-up of one record in each of some tables."""
    yield from QUESTIONS.items()
    for table, key in LOOKED_UP.items():
        height = lake.sql(f"SELECT count(*) FROM {table}").item()
        if not height:
            continue
        value = lake.sql(f"SELECT {key} FROM {table} LIMIT 1").item()
        query = f"SELECT * FROM {table} WHERE {key} = '{value}'"
        yield f"one {key} of {height:,} rows", query


def _median_ms(lake: Reader, query: str, times: int) -> float:
    lake.sql(query)
    took = []
    for _ in range(times):
        started = time.perf_counter()
        lake.sql(query)
        took.append(time.perf_counter() - started)
    return 1000 * statistics.median(took)


if __name__ == "__main__":
    main()
