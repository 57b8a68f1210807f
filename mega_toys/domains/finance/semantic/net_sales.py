"""What was earned by selling toys."""

from mega_toys.declared.metric import Metric, Sum
from mega_toys.domains.finance.gold.net_sales_daily import NetSalesDaily

METRIC = Metric(
    over=NetSalesDaily,
    measures={"net_sales": Sum("net_sales_eur")},
    dimensions={"channel": "channel", "sku": "sku"},
    unit="EUR",
    owner="finance-controlling",
    description="Sales less discounts and returns, of web shop and wholesale.",
)
