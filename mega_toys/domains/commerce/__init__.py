"""The web shop: its visitors, customers, orders and catalogue."""

import datetime as dt

from mega_toys.declared.contract import Support
from mega_toys.declared.domain import Domain

DOMAIN = Domain(
    contact="commerce-data@toys.example",
    support=Support(channel="#commerce-data", answers_within=dt.timedelta(days=1)),
)
