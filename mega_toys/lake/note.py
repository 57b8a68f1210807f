"""What every commit says of itself: the metadata from which the lake knows what is news."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from mega_toys.lake.days import listed, spans

KEY = "mega_toys"
_ALWAYS = ("run", "batch", "changed")
_SPANS = ("days", "again")  # written as spans
_NAMES = ("failed", "warned")  # of checks


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
    again: tuple[dt.date, ...] = ()
    failed: tuple[str, ...] = ()  # blocking checks that keep `reads` where they are
    warned: tuple[str, ...] = ()  # checks that do not block and found something when news came
    ingested_at: str | None = None  # of a bronze commit
    replaced: bool = False  # whether a bronze commit took rows away

    def text(self) -> str:
        """The note as JSON."""
        found = {n: value for n, value in asdict(self).items() if value or n in _ALWAYS}
        for name in _SPANS:
            of_days = [[a.isoformat(), b.isoformat()] for a, b in spans(getattr(self, name))]
            found |= {name: of_days} if of_days or name == "days" else {}
        return json.dumps(found, sort_keys=True)

    @classmethod
    def of(cls, commit: Mapping[str, Any]) -> Self | None:
        """The note of an entry of a table's history, if it has one.

        What a newer version of this code says beside is passed over.
        """
        if KEY not in commit:
            return None
        found = json.loads(commit[KEY])
        for name in _SPANS:
            told = found.pop(name, [])
            of_days = [(dt.date.fromisoformat(a), dt.date.fromisoformat(b)) for a, b in told]
            found[name] = tuple(listed(of_days))
        for name in _NAMES:
            found[name] = tuple(found.get(name, ()))
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in found.items() if name in known})
