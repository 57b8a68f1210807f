"""What the config of a job offers to choose from, as the launchpad shows it."""

from enum import Enum
from typing import Any, get_args

import mega_toys.domains
from mega_toys.declared.catalog import tables_in
from mega_toys.lake.quarantined.standing import STATUSES
from mega_toys.operations.quarantine import By

_TABLES = tables_in(mega_toys.domains)
_NAMES = [str(one.name) for one in _TABLES]
_JUDGED = [str(one.name) for one in _TABLES.from_bronze]
TableChoice = Enum("TableChoice", [(one, one) for one in _NAMES])  # type: ignore[misc]  # found
JudgedTable = Enum("JudgedTable", [(one, one) for one in _JUDGED])  # type: ignore[misc]  # found
StatusChoice = Enum("StatusChoice", [(one, one) for one in STATUSES])  # type: ignore[misc]  # listed
ByChoice = Enum("ByChoice", [(one, one) for one in get_args(By)])  # type: ignore[misc]  # listed


def first(choices: type[Enum]) -> Any:
    """The choice that the launchpad begins with; where there is none, a value is required."""
    return next(iter(choices), ...)
