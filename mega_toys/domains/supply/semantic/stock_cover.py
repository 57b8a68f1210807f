"""How long the stock lasts."""

from mega_toys.declared.metric import Balance, Distinct, Metric, Sum

METRIC = Metric(
    over="supply.semantic.inventory_daily",
    measures={
        "closing": Balance("closing"),
        "shipments": Sum("shipments"),
        "days": Distinct("day"),
    },
    formula="closing / (shipments / days)",
    dimensions={"warehouse": "warehouse_id", "sku": "sku"},
    unit="days",
    owner="supply-planning",
    description="Stock at the end of the period by the shipments of a mean day of it.",
)
