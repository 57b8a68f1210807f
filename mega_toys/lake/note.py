"""What every commit says of itself: the metadata from which the lake knows what is news."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from mega_toys.lake.days import listed, spans

KEY = "mega_toys"
_ALWAYS = ("run", "batch", "changed")


@dataclass(frozen=True, kw_only=True)
class Note:
    """The metadata of one commit.

    `reads` are the versions of the inputs that the table has taken in wholly; they move only in
    a commit after the checks. `days` are the table's own days whose rows this commit changed.
    """

    run: str
    batch: str
    code: str = ""
    changed: bool = True  # whether rows changed, or only `reads` moved
    whole: bool = False  # whether any day may have changed
    days: tuple[dt.date, ...] = ()
    reads: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[str, ...] = ()  # blocking checks that keep `reads` where they are
    ingested_at: str | None = None  # of a bronze commit
    replaced: bool = False  # whether a bronze commit took rows away

    def text(self) -> str:
        """The note as JSON."""
        found = {n: value for n, value in asdict(self).items() if value or n in _ALWAYS}
        found["days"] = [[a.isoformat(), b.isoformat()] for a, b in spans(self.days)]
        return json.dumps(found, sort_keys=True)

    @classmethod
    def of(cls, commit: Mapping[str, Any]) -> Self | None:
        """The note of an entry of a table's history, if it has one."""
        if KEY not in commit:
            return None
        found = json.loads(commit[KEY])
        days = [
            (dt.date.fromisoformat(a), dt.date.fromisoformat(b)) for a, b in found.pop("days", [])
        ]
        failed = tuple(found.pop("failed", ()))
        return cls(**found, days=tuple(listed(days)), failed=failed)
