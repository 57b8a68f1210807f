"""Corrections: received records that say, in `_corrects`, which quarantined record they mend.

`_corrects` is no field of any dataset: bronze keeps it in `_rescued`, where it is looked for.
"""

import datetime as dt
import json
from typing import Any, NamedTuple, Self

import polars as pl

from mega_toys.declared.table import Bronze, FromBronze
from mega_toys.lake.judging.judge import ORDER
from mega_toys.lake.run.work import Work

CORRECTS, REASONS = "_corrects", "_reasons"
MARKS = frozenset({CORRECTS, REASONS})  # what an export adds to a record


class Claim(NamedTuple):
    """Which record a correction mends: its place, and the content that it and its file had."""

    file: str
    row: int
    content_hash: str
    file_hash: str | None = None

    @classmethod
    def of(cls, told: Any) -> Self | None:
        """The claim told in `_corrects`, itself or as JSON text; none where there is none."""
        if isinstance(told, str):
            try:
                told = json.loads(told)
            except ValueError:
                return None
        match told:
            case {"file": str(file), "row": int(row), "content_hash": str(hashed)}:
                of_file = told.get("file_hash")
                known = of_file if isinstance(of_file, str) else None
                return cls(file, row, hashed, known) if 0 <= row < 2**63 else None
        return None


def claims(table: FromBronze, work: Work, landed: set[dt.date] | None = None) -> pl.DataFrame:
    """The corrections that a silver table has received, in their order, those landed on some days.

    Columns: `_file`, `_row`, `content_hash` and `file_hash` of what is corrected; `by`, where the
    correction is.
    """
    bronze = work.catalog.bronze_of(table)
    days = work.store.days_with_values(work.stored(bronze), "_rescued")
    if landed is not None:
        days &= landed
    made = [
        (*claim, f"{row['_file']}, row {row['_row']}")
        for row in _told(bronze, days, work)
        if (claim := Claim.of(json.loads(row["_rescued"]).get(CORRECTS)))
    ]
    texts = dict.fromkeys(("content_hash", "file_hash", "by"), pl.String)
    schema = {"_file": pl.String, "_row": pl.Int64, **texts}
    return pl.DataFrame(made, schema=schema, orient="row")


def _told(bronze: Bronze, days: set[dt.date], work: Work) -> list[dict[str, Any]]:
    """The records of some landing days that may be corrections, in their order."""
    if not days:
        return []
    rescued = pl.col("_rescued")
    told = rescued.str.starts_with("{") & rescued.str.contains(f'"{CORRECTS}"', literal=True)
    found = work.scan_days(bronze.name, "_landed_on", days).filter(told)
    return found.select(*ORDER, rescued).sort(ORDER).collect().to_dicts()
