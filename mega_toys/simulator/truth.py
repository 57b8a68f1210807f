"""The truth: what was delivered and what was planted, to compare a lake with."""

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple


class Fault(StrEnum):
    """What goes wrong with a record, by the words of the sources' specification."""

    MISSING_FIELD = "missing_field"
    NULL_FIELD = "null_field"
    WRONG_TYPE = "wrong_type"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_FIELD = "unknown_field"
    TORN_LINE = "torn_line"
    NOT_JSON = "not_json"
    RAGGED_ROW = "ragged_row"
    DUPLICATE = "duplicate"
    CHANGED_DUPLICATE = "changed_duplicate"
    LATE = "late"
    TOO_LATE = "too_late"
    OUT_OF_ORDER = "out_of_order"
    FUTURE = "future"
    UNKNOWN_KEY = "unknown_key"


class BrokenFile(StrEnum):
    """What goes wrong with a file; a whole copy always lands beside it."""

    TRUNCATED = "truncated"
    EMPTY = "empty"
    WRONG_FORMAT = "wrong_format"
    UTF16 = "utf16"


class Ignored(StrEnum):
    """Why a file in the landing zone gives no rows, although nothing is wrong with its bytes."""

    WRONG_EXTENSION = "wrong_extension"
    UNKNOWN_DATASET = "unknown_dataset"
    NO_CALENDAR_DAY = "no_calendar_day"


class Planted(NamedTuple):
    """Where a fault was planted, and the rule that rejects it; empty where none does.

    A record with an unknown key is rejected until the key is known.
    """

    dataset: str
    landed_on: dt.date
    fault: Fault
    rule: str


class Breakdown(NamedTuple):
    """A machine that broke down."""

    machine_id: str
    started_at: dt.datetime
    ended_at: dt.datetime


@dataclass
class Truth:
    """Counts of what lies there; an unreadable file has no records.

    A file that was sent again counts with its last content, on the day it first landed.
    """

    received: Counter[tuple[str, dt.date]] = field(default_factory=Counter)
    files: Counter[tuple[str, dt.date]] = field(default_factory=Counter)
    faults: Counter[Planted] = field(default_factory=Counter)
    broken_files: dict[str, BrokenFile] = field(default_factory=dict)
    ignored_files: dict[str, Ignored] = field(default_factory=dict)
    sent_again: dict[str, dt.date] = field(default_factory=dict)
    breakdowns: list[Breakdown] = field(default_factory=list)
    written_bytes: int = 0

    def planted(self, *faults: Fault) -> int:
        """How many of these faults were planted."""
        return sum(count for at, count in self.faults.items() if at.fault in faults)

    @property
    def duplicates(self) -> Counter[tuple[str, dt.date]]:
        """Copies by dataset and landing day, exact or changed; versions are none."""
        found: Counter[tuple[str, dt.date]] = Counter()
        for at, count in self.faults.items():
            if at.fault in (Fault.DUPLICATE, Fault.CHANGED_DUPLICATE):
                found[at.dataset, at.landed_on] += count
        return found

    def as_json(self) -> dict[str, Any]:
        """Everything, as lists of plain objects."""
        return {
            "received": _counts(self.received, self.files),
            "faults": [
                {**at._asdict(), "landed_on": str(at.landed_on), "count": count}
                for at, count in sorted(self.faults.items())
            ],
            "broken_files": dict(sorted(self.broken_files.items())),
            "ignored_files": dict(sorted(self.ignored_files.items())),
            "sent_again": {path: str(day) for path, day in sorted(self.sent_again.items())},
            "breakdowns": [
                {name: str(value) for name, value in one._asdict().items()}
                for one in sorted(self.breakdowns)
            ],
            "written_bytes": self.written_bytes,
        }

    def save(self, path: Path) -> None:
        """Write it as JSON; keep it out of the landing zone."""
        path.write_text(json.dumps(self.as_json(), indent=1) + "\n", encoding="utf-8")


def _counts(
    received: Counter[tuple[str, dt.date]], files: Counter[tuple[str, dt.date]]
) -> list[dict[str, Any]]:
    return [
        {
            "dataset": dataset,
            "landed_on": str(day),
            "records": received[dataset, day],
            "files": files[dataset, day],
        }
        for dataset, day in sorted({*received, *files})
    ]
