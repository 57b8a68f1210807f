"""What a change of a contract is, and how much of a version it asks for."""

import re
from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from mega_toys.contracts.versions import Version


class Weight(IntEnum):
    """What a change is to who reads the table; the heaviest says which number is to be raised."""

    WORDS = 0
    ADDS = 1
    ASKS = 2  # it breaks, unless a person confirms that it means the same
    BREAKS = 3


class Change(NamedTuple):
    """One change: its kind, which part of the contract it is at, and what was and is there."""

    weight: Weight
    kind: str
    at: str
    told: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: `{self.at}`" + (f" {self.told}" if self.told else "")


def was_and_is(before: object, after: object) -> str:
    """Both values in words."""
    return f"was {_shown(before)}, is {_shown(after)}"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return "none" if value is None else f"{value}"


def same_words(before: str, after: str) -> bool:
    """Whether two texts differ in punctuation, case and spaces alone."""
    return _words(before) == _words(after)


def _words(text: str) -> list[str]:
    return re.findall(r"[\w/×·+*<>=≤≥−–-]+", text.casefold())


def needed(released: Version, changes: Iterable[Change]) -> Version:
    """The lowest version that a contract may have after these changes of a released one."""
    heaviest = max((change.weight for change in changes), default=Weight.WORDS)
    if heaviest >= Weight.ASKS:
        return Version(released.major + 1, 0, 0)
    return Version(released.major, released.minor + 1, 0) if heaviest is Weight.ADDS else released
