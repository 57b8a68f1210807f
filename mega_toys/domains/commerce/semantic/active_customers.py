"""How many people buy."""

from mega_toys.declared.metric import Distinct, Metric
from mega_toys.domains.commerce.silver.orders import Orders

METRIC = Metric(
    over=Orders,
    measures={"active_customers": Distinct("customer_id", where="status <> 'cancelled'")},
    dimensions={"country": "country", "channel": "channel"},
    unit="customers",
    owner="commerce-analytics",
    description="Customers with an order in the period that is not cancelled.",
)
