"""What people do with quarantined records: count, read, export, replay, dismiss, admit, undo that.

The delivery of corrections is in `operations/replay.py`, since it makes landing files.
"""

import datetime as dt
import getpass
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

import polars as pl

from mega_toys.declared.errors import UnknownRuleError
from mega_toys.declared.table import Counted, FromBronze
from mega_toys.ingestion.formats.unread import Unread
from mega_toys.lake.building.days_table import keep_days
from mega_toys.lake.building.taking import Taking
from mega_toys.lake.judging.judge import rule_names
from mega_toys.lake.judging.window import OUT_OF_WINDOW
from mega_toys.lake.own.quarantine_tables import PLACE
from mega_toys.lake.quarantined.admitted import admissions
from mega_toys.lake.quarantined.corrections import CORRECTS, MARKS, REASONS
from mega_toys.lake.quarantined.decisions import ADMITTED, DISMISSED, UNDONE, content_hash, decide
from mega_toys.lake.quarantined.reasons import Reasons
from mega_toys.lake.quarantined.standing import (
    OPEN,
    STATUSES,
    Choice,
    quarantined_tables,
    resolved,
    standing,
    with_standing,
)
from mega_toys.lake.reading.reader import Reader
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.lock import only_writer
from mega_toys.lake.store.place import Place
from mega_toys.operations.put_back import forget_what_is_gone

By = Literal["table", "day", "rule", "file"]
Decide = Callable[[Work, Choice, str, str, str], int]  # of a table, by whom and why; how many
_ORDER = ["day", "_file", "_row"]
_HASHES = ["content_hash", "file_hash"]


def _asked(work: Work, choice: Choice, table: str | None) -> list[FromBronze]:
    """The tables asked about; UnknownRuleError where none has the rule, or had it once."""
    tables = quarantined_tables(work, table)
    declared = [rule_names(one, work.catalog.bronze_of(one)) for one in tables]
    known = list(dict.fromkeys(name for names in declared for name in names))
    if choice.rule is None or choice.rule in known:
        return tables
    of_rule = Choice(rule=choice.rule, status=None)
    if all(of_rule.of(standing(one, work)).limit(1).collect().is_empty() for one in tables):
        raise UnknownRuleError(choice.rule, [str(one.name) for one in tables], known)
    return tables


def _read(table: FromBronze, work: Work, choice: Choice) -> pl.LazyFrame:
    """The chosen records of a table, as people may read them."""
    rows = Reader(work.store, work.catalog).scan(str(table.quarantine))
    return choice.of(with_standing(rows, table, work))


def counted(work: Work, choice: Choice, by: By, table: str | None = None) -> pl.DataFrame:
    """How many records of each table, day, rule or file stand how.

    Counted by rule, a record that breaks several counts under each.
    """
    parts = [_counted(one, work, choice, by) for one in _asked(work, choice, table)]
    order = ["table", *([by] if by != "table" else [])]
    return pl.concat(parts).sort(OPEN, *order, descending=[True, *(False for _ in order)])


def _counted(table: FromBronze, work: Work, choice: Choice, by: By) -> pl.DataFrame:
    rows = _read(table, work, choice).rename({"_file": "file", "rules": "rule"})
    if by == "rule":
        rows = rows.explode("rule")
        rows = rows.filter(pl.col("rule") == choice.rule) if choice.rule else rows
    group = ["table", *([by] if by != "table" else [])]
    counts = {status: (pl.col("status") == status).sum().cast(pl.Int64) for status in STATUSES}
    return rows.with_columns(table=pl.lit(str(table.name))).group_by(group).agg(**counts).collect()


def explained(
    work: Work, choice: Choice, table: str, root: Place, limit: int | None = None
) -> pl.DataFrame:
    """Quarantined records in order, with `status`, `by` and their `reasons` in words.

    `root` is the landing root, where the headers of their files are looked up.
    """
    (one,) = _asked(work, choice, table)
    rows = _read(one, work, choice).sort(_ORDER)
    found = (rows if limit is None else rows.head(limit)).collect()
    unread = Unread(root, work.catalog.bronze_of(one).dataset.sent_as)
    reasons = Reasons.of(one, work, unread.why, unread.sent_as)
    columns = found.select("rules", "record", "_landed_on", "_file")
    told = [reasons.told(*row) for row in columns.iter_rows()]
    return found.with_columns(pl.Series("reasons", told, dtype=pl.List(pl.String)))


def how_many(work: Work, choice: Choice, table: str) -> int:
    """How many quarantined records are so."""
    (one,) = _asked(work, choice, table)
    return int(_read(one, work, choice).select(pl.len()).collect().item())


def exported(work: Work, choice: Choice, table: str, root: Place) -> Iterator[str]:
    """Records to be mended and delivered: a line of JSON each, with what they correct and why."""
    for row in explained(work, choice, table, root).iter_rows(named=True):
        claim = {
            "file": row["_file"],
            "row": row["_row"],
            "content_hash": content_hash(row["record"]),
            "file_hash": row["file_hash"],
        }
        record: Any = json.loads(row["record"])
        fields = record if isinstance(record, dict) else {}
        mine = {name: value for name, value in fields.items() if name not in MARKS}
        yield json.dumps({REASONS: row["reasons"], **mine, CORRECTS: claim}, ensure_ascii=False)


def replay(work: Work, choice: Choice, table: str | None = None) -> dict[str, int]:
    """Ask that the days of the chosen records be judged again; how many days of which table.

    The next refresh does it: what is asked for is a note of the table, and outlives a kill.
    """
    with only_writer(work.store.root):
        forget_what_is_gone(work)
        asked = {}
        for one in _asked(work, choice, table):
            found = choice.of(standing(one, work)).select("day").unique().collect()
            if days := set(found.to_series()):
                _judge_again(one, days, work)
                asked[str(one.name)] = len(days)
        keep_days([], work, [work.catalog[name] for name in asked])
        return asked


def _judge_again(table: FromBronze, days: set[dt.date], work: Work) -> None:
    """Note that days are to be judged again by the next refresh."""
    state = work.store.state(table.name)
    again = tuple(sorted(days | set(state.again if state else ())))
    work.store.mark(table.name, work.note(table, changed=False, again=again))


def dismiss(work: Work, choice: Choice, table: str, who: str, why: str) -> int:
    """Decide that records are to stay as they are; how many. They stay in the quarantine."""
    with _deciding(work, choice, table) as one:
        return _decide(DISMISSED, _chosen(one, work, choice), one, who, why, work)


def admit(work: Work, choice: Choice, table: str, who: str, why: str) -> int:
    """Let open events in that landed outside their window; how many. The next refresh does it."""
    late = replace(choice, rule=OUT_OF_WINDOW)
    with _deciding(work, late, table) as one:
        rows = _chosen(one, work, late)
        if rows.height:  # first, so that a decision is never without it
            _judge_again(one, set(rows["day"]), work)
        return _decide(ADMITTED, rows, one, who, why, work)


def undo(work: Work, choice: Choice, table: str, who: str, why: str) -> int:
    """Take dismissals and admissions back: the records are open again; how many."""
    with _deciding(work, choice, table) as one:
        dismissed = _dismissed(one, work, choice)
        admitted = _admitted(one, work, choice)
        if admitted.height:
            taking = Taking(one, work, lambda text: None, work.store.place.scratch)
            landed = taking.landed_on(set(admitted["day"]))
            there = landed.join(admitted.lazy(), on=PLACE, how="semi")
            _judge_again(one, set(admitted["day"]) | taking.placed_days(there), work)
        rows = pl.concat([dismissed, admitted]).unique([*PLACE, "content_hash"])
        return _decide(UNDONE, rows, one, who, why, work)


@contextmanager
def _deciding(work: Work, choice: Choice, table: str) -> Iterator[FromBronze]:
    """The table about which is decided, while nobody else writes."""
    with only_writer(work.store.root):
        forget_what_is_gone(work)
        (one,) = _asked(work, choice, table)
        yield one
        counts = [table for table in work.catalog if isinstance(table, Counted)]
        keep_days([], work, [one, *counts])


def _chosen(table: FromBronze, work: Work, choice: Choice) -> pl.DataFrame:
    """The places of quarantined records, with the hashes by which they are known again."""
    found = choice.of(standing(table, work)).collect()
    hashes = [content_hash(record) for record in found["record"]]
    return found.select(*_ORDER, pl.Series("content_hash", hashes, dtype=pl.String), "file_hash")


def _dismissed(table: FromBronze, work: Work, choice: Choice) -> pl.DataFrame:
    """The same of dismissed records, with the hashes that were taken then."""
    rows = work.store.scan(table.quarantine).join(resolved(table, work).lazy(), on=PLACE)
    return replace(choice, status=DISMISSED).of(rows).select(*_ORDER, *_HASHES).collect()


def _admitted(table: FromBronze, work: Work, choice: Choice) -> pl.DataFrame:
    """The same of admitted records; their `day` is that of their landing."""
    rows = admissions(table, work).with_columns(rules=pl.lit([OUT_OF_WINDOW]))
    return replace(choice, status=None).of(rows.lazy()).select(*_ORDER, *_HASHES).collect()


def _decide(
    decision: str, rows: pl.DataFrame, table: FromBronze, who: str, why: str, work: Work
) -> int:
    told = {"table": str(table.name), "decision": decision, "who": who, "why": why}
    return decide(rows.with_columns(pl.lit(text).alias(name) for name, text in told.items()), work)


def somebody() -> str:
    """Who runs this: the user of the operating system."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return f"user {os.getuid()}"
