"""What is left of sales once the toys are paid for."""

from mega_toys.declared.metric import Metric, Sum
from mega_toys.domains.finance.gold.net_sales_daily import NetSalesDaily

METRIC = Metric(
    over=NetSalesDaily,
    measures={"gross_profit": Sum("gross_profit_eur"), "net_sales": Sum("net_sales_eur")},
    formula="gross_profit / net_sales",
    dimensions={"channel": "channel", "sku": "sku"},
    unit="share of net sales",
    owner="finance-controlling",
    description="Gross profit by net sales; unknown where a toy among them has no valid cost.",
)
