"""How well the machines were used."""

from mega_toys.declared.metric import Metric, Sum
from mega_toys.domains.manufacturing.gold.oee_daily import OeeDaily

METRIC = Metric(
    over=OeeDaily,
    measures={
        "planned_busy_s": Sum("pbt_s"),
        "producing_s": Sum("apt_s"),
        "planned_run_s": Sum("planned_run_time_s"),
        "good": Sum("good_quantity"),
        "produced": Sum("produced_quantity"),
    },
    formula="(producing_s / planned_busy_s) * (planned_run_s / producing_s) * (good / produced)",
    dimensions={"factory": "factory_id", "machine": "machine_id"},
    unit="share",
    owner="manufacturing-analytics",
    description="Overall equipment effectiveness (ISO 22400-2): availability × effectiveness × "
    "quality ratio, each of the summed elements.",
)
