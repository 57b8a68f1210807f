"""The classes of privacy, and the class of each column."""

from typing import get_args

from mega_toys.declared.contract import Privacy
from mega_toys.declared.table import Bronze, Table

CLASSES: tuple[Privacy, ...] = get_args(Privacy)  # the weakest first
FOR_ALL = frozenset({"public", "internal"})  # who may see the lake's pages may see these


def is_weaker(one: Privacy, than: Privacy) -> bool:
    """Whether a class keeps less back than another one; a word that is none keeps nothing back."""
    return _strength(one) < _strength(than)


def _strength(privacy: str) -> int:
    return CLASSES.index(privacy) if privacy in CLASSES else -1


def privacy_of(table: Table) -> dict[str, Privacy]:
    """The class of each column: its own, else in bronze that of its table, else `internal`."""
    other: Privacy = table.contract.privacy if isinstance(table, Bronze) else "internal"
    columns = table.columns.items()
    return {name: (column.metadata or {}).get("privacy", other) for name, column in columns}


def because_of(table: Table) -> dict[str, str]:
    """Why a column may be of a weaker class than what it is made of, where it says why."""
    told = {name: (column.metadata or {}).get("because") for name, column in table.columns.items()}
    return {name: why for name, why in told.items() if why}
