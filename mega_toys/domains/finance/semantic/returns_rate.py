"""How much of what was sold came back."""

from mega_toys.declared.metric import Metric, Sum
from mega_toys.domains.finance.gold.net_sales_daily import NetSalesDaily

METRIC = Metric(
    over=NetSalesDaily,
    measures={"returned_units": Sum("returned_units"), "units": Sum("units")},
    formula="returned_units / units",
    dimensions={"channel": "channel", "sku": "sku"},
    unit="share of pieces",
    owner="finance-controlling",
    description="Pieces that came back by pieces sold; wholesale's count when they come back.",
)
