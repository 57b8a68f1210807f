"""How many visits of the web shop end in a purchase."""

from mega_toys.declared.metric import Metric, Sum
from mega_toys.domains.commerce.gold.funnel_daily import FunnelDaily

METRIC = Metric(
    over=FunnelDaily,
    measures={"with_purchase": Sum("sessions_with_purchase"), "sessions": Sum("sessions")},
    formula="with_purchase / sessions",
    dimensions={"device": "device"},
    unit="share of visits",
    owner="commerce-analytics",
    description="Visits with a purchase by all visits, on the day on which they began.",
)
