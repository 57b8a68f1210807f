"""How many orders leave in time."""

from mega_toys.declared.metric import Metric, Sum

METRIC = Metric(
    over="supply.semantic.shipped_orders",
    measures={"on_time": Sum("1", where="is_on_time"), "shipped": Sum("1")},
    formula="on_time / shipped",
    dimensions={"country": "country", "channel": "channel"},
    unit="share of orders",
    owner="supply-planning",
    description="Orders of which the last piece left within 48 hours, by all that left, on the day "
    "on which they were placed. The 48 hours are set here: no source sends what was promised.",
)
