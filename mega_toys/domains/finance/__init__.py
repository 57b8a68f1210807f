"""The books: wholesale sales, exchange rates and costs."""

import datetime as dt

from mega_toys.declared.contract import Support
from mega_toys.declared.domain import Domain

DOMAIN = Domain(
    contact="finance-data@toys.example",
    support=Support(channel="#finance-data", answers_within=dt.timedelta(days=1)),
)
