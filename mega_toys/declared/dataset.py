"""What a source sends."""

from dataclasses import dataclass
from typing import Final

from mega_toys.declared.sent_as import BY_DEFAULT, Declared
from mega_toys.declared.source import FILES, Source

LANDING: Final = "_landed_on"  # as the sequence: what was received last is the newest


@dataclass(frozen=True)
class Deleted:
    """What marks a record as the deletion of its key: a value of a field; any, if none is named."""

    field: str
    value: str | int | bool | None = None


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Which field of a source means what. The fields are columns of the bronze schema."""

    key: tuple[str, ...]
    business_time: tuple[str, ...] = ()  # the first that is not null counts
    sequence: str | None = None  # a field, or LANDING
    complete: bool = False  # whether each delivery, a landing day's files, has all there is
    deleted: Deleted | None = None  # what marks a record as the deletion of its key
    source: Source = FILES
    sent_as: Declared = BY_DEFAULT  # how partners send otherwise

    @property
    def tells_deletions(self) -> bool:
        """Whether a key can be gone."""
        return self.complete or self.deleted is not None
