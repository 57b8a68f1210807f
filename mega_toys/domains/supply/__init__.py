"""What lies in the warehouses, and what moves it."""

import datetime as dt

from mega_toys.declared.contract import Support
from mega_toys.declared.domain import Domain

DOMAIN = Domain(
    contact="supply-data@toys.example",
    support=Support(channel="#supply-data", answers_within=dt.timedelta(days=1)),
)
