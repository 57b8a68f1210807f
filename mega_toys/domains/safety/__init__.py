"""Which lots went into which, so that a faulty one can be called back."""

import datetime as dt

from mega_toys.declared.contract import Support
from mega_toys.declared.domain import Domain

DOMAIN = Domain(
    contact="safety-data@toys.example",
    support=Support(channel="#safety-data", answers_within=dt.timedelta(hours=4)),
)
