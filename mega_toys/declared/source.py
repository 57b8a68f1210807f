"""Where the records of a dataset come from: plain values, without a driver."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

_SYSTEM = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True)
class Files:
    """Files that somebody delivers."""

    called: str = ""

    def __str__(self) -> str:
        return f"files: {self.called}" if self.called else "files"


@dataclass(frozen=True)
class Mark:
    """What is new has, in a column that every write raises, a mark beyond the highest one pulled.

    `overlap` is how far below that is looked again: longer than any transaction lasts between
    taking its mark and its commit; a time for instants, a number for numbers.
    """

    column: str
    overlap: dt.timedelta | int = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Export:
    """All rows are read each time, and land where they are others than those that landed last."""


@dataclass(frozen=True)
class Topic:
    """The records of a topic, each partition from the offset on after the last one that landed."""


@dataclass(frozen=True)
class Changes:
    """All documents at first, then every change of them, as a replica set of MongoDB streams it.

    Each record is told when it changed, in the field `at`, and how, in `op`: `r` as it was read at
    first, `c` created, `u` updated, `d` deleted, with nothing else but its `_id`.
    """

    at: str = "changed_at"
    op: str = "op"


@dataclass(frozen=True)
class System:
    """An object of a system: a table, a collection, a topic.

    What is not told how to pull (`new`) is delivered as files. `zone` is the time zone of its local
    times, as those of a column without zone.
    """

    system: str  # whose address is the setting MEGA_TOYS_SOURCE_<SYSTEM>
    object: str
    new: Mark | Export | Topic | Changes | None = None
    zone: str | None = None

    def __str__(self) -> str:
        return f"{self.system}: {self.object}"


Source = Files | System
FILES = Files()


def faults_of(source: Source, *, complete: bool) -> Iterator[str]:
    """What cannot be meant so; `complete` is whether each delivery is to have all there is."""
    if not isinstance(source, System):
        return
    if not _SYSTEM.fullmatch(source.system):
        yield f"comes from a system `{source.system}`: name it in small letters, digits and `_`."
    if not all(source.object.split(".")):
        yield f"comes from `{source.object}` of {source.system}, which names no object."
    if isinstance(source.new, Mark | Topic | Changes) and complete:
        how = {Mark: "by a mark", Topic: "from a topic", Changes: "by changes"}[type(source.new)]
        yield f"declares `complete` and is pulled {how}, which brings only what is new."
    if source.zone is not None and not _is_zone(source.zone):
        yield f"has a source in the time zone `{source.zone}`, which is none."


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
