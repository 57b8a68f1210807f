"""The checks of a table: what was found wrong, how much of it, with an example of each.

What a check finds stands in the note of its table until it looks again. Nothing here writes, mends
or stops a build: what follows from a finding is up to who asks for the build.
"""

from mega_toys.lake.checks.beside import Doubt, doubt, versions_beside
from mega_toys.lake.checks.check import Declared
from mega_toys.lake.checks.judged import counted_otherwise
from mega_toys.lake.checks.noted import Noted, noted, to_look_at, to_note
from mega_toys.lake.checks.pace import IS_FRESH
from mega_toys.lake.checks.run import declared, freshness, run_checks

__all__ = [
    "IS_FRESH",
    "Declared",
    "Doubt",
    "Noted",
    "counted_otherwise",
    "declared",
    "doubt",
    "freshness",
    "noted",
    "run_checks",
    "to_look_at",
    "to_note",
    "versions_beside",
]
