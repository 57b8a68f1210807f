"""The factories: their machines, what these make, and how well."""

import datetime as dt

from mega_toys.declared.contract import Support
from mega_toys.declared.domain import Domain

DOMAIN = Domain(
    contact="manufacturing-data@toys.example",
    support=Support(channel="#manufacturing-data", answers_within=dt.timedelta(hours=8)),
)
