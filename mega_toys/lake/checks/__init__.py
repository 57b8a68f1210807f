"""The checks of a table: what was found wrong, how much of it, with an example of each."""

from mega_toys.lake.checks.found import Declared, Found, Severity
from mega_toys.lake.checks.run import declared, freshness, run_checks, run_standing_checks

__all__ = [
    "Declared",
    "Found",
    "Severity",
    "declared",
    "freshness",
    "run_checks",
    "run_standing_checks",
]
