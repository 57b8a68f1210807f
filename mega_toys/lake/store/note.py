"""What every commit says of itself: the metadata from which the lake knows what is news."""

import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from mega_toys.declared.days import EVER, Span, listed, spans

KEY = "mega_toys"
_ALWAYS = ("run", "batch", "changed")
_DAYS = ("days", "again")  # written as spans
_FINDINGS = ("failed", "warned")
Findings = Mapping[str, tuple[Span, ...]]  # by check, the days that make it fail


@dataclass(frozen=True, kw_only=True)
class Note:
    """The metadata of one commit.

    `reads` are the versions of the inputs that the table has taken in wholly; they move only in
    a commit after the checks. `days` are the table's own days whose rows this commit changed,
    `again` those whose quarantine somebody asked to judge again and which has not been done yet.
    """

    run: str
    batch: str
    code: str = ""
    changed: bool = True  # whether rows changed, or only `reads` moved
    whole: bool = False  # whether any day may have changed
    days: tuple[dt.date, ...] = ()
    reads: Mapping[str, int] = field(default_factory=dict)
    ahead: bool = False  # whether the rows are newer than `reads`
    again: tuple[dt.date, ...] = ()
    unchecked: tuple[Span, ...] = ()  # days that were written and no check has looked at yet
    failed: Findings = field(default_factory=dict)  # blocking; they keep `reads` where they are
    warned: Findings = field(default_factory=dict)  # of checks that do not block
    grave: tuple[str, ...] = ()  # of these checks, those whose finding is an error all the same
    crashed: str = ""  # why the last build came to no end, without a value of a record
    beside: Mapping[str, int] = field(default_factory=dict)  # versions that checks saw of others
    took: Mapping[str, float] = field(default_factory=dict)  # of a build: size, rows, s, peak MB
    ingested_at: str | None = None  # of a bronze commit
    replaced: bool = False  # whether rows were taken away of which no newer version came
    swapped: bool = False  # whether a bronze commit put in what a rebuild made

    def text(self) -> str:
        """The note as JSON."""
        found = {n: value for n, value in asdict(self).items() if value or n in _ALWAYS}
        for name in _DAYS:
            of_days = spans(getattr(self, name))
            found |= {name: of_days} if of_days or name == "days" else {}
        return json.dumps(found, sort_keys=True, default=dt.date.isoformat)

    def ends_a_taking_in(self, before: Self | None) -> bool:
        """Whether something was taken in with this commit, after that before, and was checked."""
        if not self.run or self.failed or self.unchecked:
            return False
        moved = bool(self.reads) and (before is None or before.reads != self.reads)
        return moved or self.changed or bool(before and before.unchecked)

    @classmethod
    def of(cls, commit: Mapping[str, Any]) -> Self | None:
        """The note of an entry of a table's history, if it has one.

        What a newer version of this code says beside is passed over.
        """
        if KEY not in commit:
            return None
        found = json.loads(commit[KEY])
        for name in _DAYS:
            found[name] = tuple(listed(_spans(found.get(name, []))))
        found["unchecked"] = _spans(found.get("unchecked", []))
        found["grave"] = tuple(found.get("grave", []))
        for name in _FINDINGS:
            found[name] = _findings(found.get(name, {}))
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in found.items() if name in known})


def _spans(told: list[list[str]]) -> tuple[Span, ...]:
    return tuple((dt.date.fromisoformat(a), dt.date.fromisoformat(b)) for a, b in told)


def _findings(told: dict[str, list[list[str]]] | list[str]) -> Findings:
    """What checks found, by check; older code named the checks alone."""
    if isinstance(told, list):
        return dict.fromkeys(told, (EVER,))
    return {name: _spans(days) for name, days in told.items()}


def said_at(commit: bytes) -> float:
    """When a commit says that it was made, seconds since the epoch; never where it does not say."""
    try:
        first = json.loads(commit.split(b"\n", 1)[0])
        return float(first["commitInfo"]["timestamp"]) / 1000
    except (ValueError, KeyError, TypeError):
        return math.inf
