"""What a source says of one of its fields, as reading, rescue and the fixed rules need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Type = Literal["text", "int", "number", "money", "bool", "date", "time", "list", "object"]
UNREADABLE_RECORD = '"'  # how `_rescued` begins of one: a text, and no object of fields
STATISTICS_BYTES = 64  # of a text, in a log; one with longer ones is slow to read, for ever


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One field of a source: its type and what is valid beyond it."""

    type: Type
    required: bool = True
    at_least: float | None = None
    at_most: float | None = None
    more_than: float | None = None
    choices: tuple[str, ...] = ()
    longest: int | None = None
    letters: int | None = None  # a code of so many letters, kept in upper case
    is_time_zone: bool = False
    fields: Mapping[str, "Sent"] = field(default_factory=dict)  # of an object, or a list's items
    item: "Sent | None" = None  # of a list whose items are no objects
    may_be_empty: bool = True
