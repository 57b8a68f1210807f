"""`lake.quarantine_decisions`: what people decided about quarantined records.

No build makes them, and no rebuild removes them: each is first written down in `decisions.ndjson`
beside the tables, a line each, and the table is made of that. A decision holds for a record as it
was sent; where the file is sent again with another in its place, it does not. To take one back is a
decision, too.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import polars as pl

from mega_toys.lake.run.work import Work
from mega_toys.lake.store.mending import DECISIONS as NAME
from mega_toys.lake.store.mending import WRITTEN_DECISIONS
from mega_toys.lake.store.step import step
from mega_toys.lake.store.tables import Stored

CORRECTED, DISMISSED, ADMITTED, UNDONE = "corrected", "dismissed", "admitted", "undone"
DECISIONS = Stored(
    NAME,
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
            "file_hash": pl.String(),
        }
    ),
    "table",
)
_RECORD = ["table", "_file", "_row", "content_hash"]
_ONE = [*_RECORD, "decision", "decided_at"]


def content_hash(record: str) -> str:
    """Hash of a record's JSON text, whatever the order of its fields."""
    content = json.dumps(json.loads(record), sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()


def decide(records: pl.DataFrame, work: Work) -> int:
    """Write down decisions, in the columns of the table but `decided_at`, each that is not so now.

    How many the table did not have, also where a process that died had written them down.
    """
    wanted = _not_so(records.unique([*_RECORD, "decision"], maintain_order=True), work)
    take_back(work)
    at = pl.lit(_later_than_all(work), DECISIONS.schema["decided_at"])
    rows = _not_so(wanted, work).with_columns(decided_at=at)
    if rows.height:
        _write_down(rows, work)
        step("decisions.written")
        _add(rows, work)
    return wanted.height


def about(table: object, work: Work) -> pl.LazyFrame:
    """The decisions about records of a table, whatever columns the version that made them knew."""
    made = work.store.of_partition(DECISIONS, str(table))
    return pl.concat([DECISIONS.schema.to_frame(), made], how="diagonal").lazy()


def in_force(decisions: pl.LazyFrame, decision: str) -> pl.LazyFrame:
    """The dismissals, or admissions, of records that were not undone since."""
    return _last(decisions, decision, UNDONE).filter(pl.col("decision") == decision)


def _last(decisions: pl.LazyFrame, *among: str) -> pl.LazyFrame:
    """Of each record the last of some kinds of decision."""
    either = decisions.filter(pl.col("decision").is_in(among)).sort("decided_at")
    return either.unique(_RECORD, keep="last", maintain_order=True)


def _not_so(records: pl.DataFrame, work: Work) -> pl.DataFrame:
    """The records of which this is not decided, or was undone since."""
    decided = work.store.scan(DECISIONS.name)
    corrected = decided.filter(pl.col("decision") == CORRECTED)
    undone = _last(decided, DISMISSED, ADMITTED, UNDONE).filter(pl.col("decision") == UNDONE)
    standing = [in_force(decided, decision) for decision in (DISMISSED, ADMITTED)]
    so = pl.concat([corrected, *standing, undone]).select(*_RECORD, "decision")
    return records.lazy().join(so, on=so.collect_schema().names(), how="anti").collect()


def _later_than_all(work: Work) -> dt.datetime:
    """This instant, or right after the last decision where a clock was set back."""
    last = work.store.scan(DECISIONS.name).select(pl.col("decided_at").max()).collect().item()
    return max(work.now(), last + dt.timedelta(microseconds=1)) if last else work.now()


def take_back(work: Work) -> None:
    """Let the table and what is written down hold the same, whichever lacks something.

    A process died between the two, the table was made anew or put back as it was earlier, or it is
    of a version that wrote nothing down.
    """
    work.store.add_columns(DECISIONS)
    if len(_lines(work)) == work.store.height(DECISIONS.name):
        return
    there = work.store.scan(DECISIONS.name).collect()
    columns = [name for name in DECISIONS.schema if name in there.columns]
    if not {*_ONE} <= {*columns}:
        return
    kept = pl.DataFrame([*_written_down(work)], schema=DECISIONS.schema)
    only_there = there.select(columns).join(kept, on=_ONE, how="anti")
    if only_there.height:
        _write_down(only_there.sort("decided_at", maintain_order=True), work)
    only_kept = kept.join(there, on=_ONE, how="anti")
    if only_kept.height and not work.store.other_columns(DECISIONS):
        _add(only_kept, work)


def broken_lines(work: Work) -> list[int]:
    """The numbers of the lines that are no decisions; one that is not ended was never made."""
    return [number for number, line in enumerate(_lines(work), 1) if _decision(line) is None]


def _add(rows: pl.DataFrame, work: Work) -> None:
    note = work.note(days=tuple(rows["day"].unique()))
    work.store.append(DECISIONS, rows.select(list(DECISIONS.schema)).lazy(), note)


def _written_down(work: Work) -> Iterator[dict[str, Any]]:
    return (row for line in _lines(work) if (row := _decision(line)) is not None)


def _lines(work: Work) -> list[bytes]:
    """The lines that were written down as a whole."""
    return (work.store.place.read(WRITTEN_DECISIONS) or b"").split(b"\n")[:-1]


def _decision(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
        day, at = dt.date.fromisoformat(row["day"]), dt.datetime.fromisoformat(row["decided_at"])
        return {name: row.get(name) for name in DECISIONS.schema} | {"day": day, "decided_at": at}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _write_down(rows: pl.DataFrame, work: Work) -> None:
    """Add lines; what a killed writer left of its last line goes."""
    told = rows.iter_rows(named=True)
    lines = [json.dumps(row, ensure_ascii=False, default=str) for row in told]
    work.store.place.append(WRITTEN_DECISIONS, "".join(f"{line}\n" for line in lines).encode())
