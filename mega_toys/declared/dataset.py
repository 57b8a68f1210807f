"""What a source sends."""

from dataclasses import dataclass
from typing import Final

from mega_toys.declared.sent_as import BY_DEFAULT, Declared

LANDING: Final = "_landed_on"  # as the sequence: what was received last is the newest


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Which field of a source means what. The fields are columns of the bronze schema."""

    key: tuple[str, ...]
    business_time: tuple[str, ...] = ()  # the first that is not null counts
    sequence: str | None = None  # a field, or LANDING
    source: str = "files"
    sent_as: Declared = BY_DEFAULT  # how partners send otherwise
