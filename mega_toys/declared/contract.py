"""What the owner of a table promises: to whom, how fresh, and what is checked."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from mega_toys.declared.extents import Transform

Privacy = Literal["public", "internal", "confidential", "personal", "sensitive"]
_DAILY = dt.timedelta(hours=26)


@dataclass(frozen=True, kw_only=True)
class Support:
    """Where questions are answered, and within what time."""

    channel: str
    url: str = ""  # https://… or mailto:…
    answers_within: dt.timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What the owner promises, and to whom. What is not said here, the domain says.

    A table is built as often as there is news, but no more often than `fresh_within` asks by a
    stream, which brings news without end.
    """

    owner: str = ""
    readers: frozenset[str] = frozenset()
    published: bool = False  # may other domains read it?
    privacy: Privacy = "internal"
    fresh_within: dt.timedelta | None = None
    version: str = "1.0.0"  # raised as `contract check` asks
    ends: dt.date | None = None  # the last day of a version that has a successor
    purpose: str = ""  # what it is for, beyond the first line of its file
    limitations: str = ""  # what it is not for
    contact: str = ""  # an address of a person or team
    support: Support | None = None

    @property
    def expected_within(self) -> dt.timedelta:
        """How soon news are to be taken in after those before; what promises nothing, daily."""
        return self.fresh_within or _DAILY


@dataclass(frozen=True, kw_only=True)
class Check:
    """A query for what is wrong: it passes when it finds no row."""

    finds: Transform
    blocks: bool = False


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """Which share of the records received may be quarantined before a check warns, or fails."""

    warn_above: float = 0.005
    error_above: float = 0.2
