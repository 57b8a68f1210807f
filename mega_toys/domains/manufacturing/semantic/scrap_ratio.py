"""How much of what was made is waste."""

from mega_toys.declared.metric import Metric, Sum
from mega_toys.domains.manufacturing.gold.oee_daily import OeeDaily

METRIC = Metric(
    over=OeeDaily,
    measures={"scrap": Sum("scrap_quantity"), "produced": Sum("produced_quantity")},
    formula="scrap / produced",
    dimensions={"factory": "factory_id", "machine": "machine_id"},
    unit="share of pieces",
    owner="manufacturing-analytics",
    description="Scrap by produced pieces (ISO 22400-2), in orders ended in the period.",
)
