"""Gold: every data product that the specification fixes to the digit."""

from typing import Any

from mega_toys_tests.oracle import machine_hours, oee, sales, stock
from mega_toys_tests.oracle.euros import Rates

Tables = dict[str, list[dict[str, Any]]]


def gold_of(silver: Tables) -> Tables:
    """Every gold table, from those of silver."""
    rates = Rates(silver["finance.silver.exchange_rates"])
    hourly = machine_hours.machine_hourly(silver["manufacturing.silver.machine_readings"])
    of_machines = oee.oee_daily(silver, hourly)
    events = silver["safety.silver.lot_events"]
    return {
        "manufacturing.gold.machine_hourly": hourly,
        "manufacturing.gold.oee_daily": of_machines,
        "manufacturing.gold.factory_oee_daily": oee.factory_oee_daily(of_machines),
        "commerce.gold.daily_sales": sales.daily_sales(silver, rates),
        "commerce.gold.funnel_daily": sales.funnel_daily(silver),
        "commerce.gold.customer_value": sales.customer_value(silver, rates),
        "finance.gold.net_sales_daily": sales.net_sales_daily(silver, rates),
        "supply.gold.inventory_position": stock.inventory_position(
            silver["supply.silver.stock_movements"]
        ),
        "safety.gold.lot_trace": stock.lot_trace(events),
        "safety.gold.mass_balance": stock.mass_balance(events),
    }
