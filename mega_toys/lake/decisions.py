"""`lake.quarantine_decisions`: what people decided about quarantined records.

The one table that is not derived: no build writes it, and no rebuild removes it. A decision
holds for one content of a record; where the file is sent again with another, it does not.
"""

import hashlib
import json

import polars as pl

from mega_toys.lake.store import Stored
from mega_toys.lake.work import Work

CORRECTED, DISMISSED = "corrected", "dismissed"
DECISIONS = Stored(
    "lake.quarantine_decisions",
    pl.Schema(
        {
            "table": pl.String(),
            "day": pl.Date(),
            "_file": pl.String(),
            "_row": pl.Int64(),
            "content_hash": pl.String(),
            "decision": pl.String(),
            "who": pl.String(),
            "decided_at": pl.Datetime("us", "UTC"),
            "why": pl.String(),
        }
    ),
    "table",
)
_ONE = ["table", "_file", "_row", "content_hash", "decision"]


def content_hash(record: str) -> str:
    """Hash of a record's JSON text, whatever the order of its fields."""
    content = json.dumps(json.loads(record), sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()


def decide(records: pl.DataFrame, work: Work) -> int:
    """Write down decisions, in the columns of the table but `decided_at`, each once; how many."""
    before = work.store.scan(DECISIONS.name).select(_ONE)
    new = records.lazy().unique(_ONE, maintain_order=True).join(before, on=_ONE, how="anti")
    rows = new.with_columns(decided_at=pl.lit(work.now(), DECISIONS.schema["decided_at"])).collect()
    if rows.height:
        note = work.note(days=tuple(rows["day"].unique()))
        work.store.append(DECISIONS, rows.lazy(), note)
    return rows.height
