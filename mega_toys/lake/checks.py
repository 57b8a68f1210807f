"""The checks of a table: what was found wrong, in how many rows, with an example of each."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from mega_toys.lake import accounts
from mega_toys.lake.by_day import scan_read
from mega_toys.lake.days import spans
from mega_toys.lake.files import FILES, IGNORED, UNREADABLE, newest
from mega_toys.lake.table import FROM_BRONZE, Check, Kind, Table, reads_of
from mega_toys.lake.work import Outcome, Work, in_spans

EXAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A check that a table has, before it is run."""

    name: str
    description: str
    blocks: bool


@dataclass(frozen=True, kw_only=True)
class Found:
    """The result of a check: how many rows are wrong, and the first of them."""

    name: str
    blocks: bool
    rows: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.rows


FILES_ARE_READ = Declared(
    name="files_are_read",
    description="No file of the dataset is unreadable, and none of the landing zone is ignored.",
    blocks=False,
)
ACCOUNTS_ADD_UP = Declared(
    name="accounts_add_up",
    description="received = accepted + duplicates + quarantined on every day, and all days' "
    "received are the rows of bronze.",
    blocks=True,
)
RULES_HOLD = Declared(
    name="rules_hold",
    description="No record of the days touched was quarantined; tells the rules that were broken.",
    blocks=False,
)


def declared(table: Table) -> list[Declared]:
    """The checks of a table, generic ones first."""
    generic = []
    if table.kind is Kind.BRONZE:
        generic = [FILES_ARE_READ]
    elif table.kind in FROM_BRONZE:
        generic = [ACCOUNTS_ADD_UP, RULES_HOLD]
    return generic + [
        Declared(
            name=check.finds.__name__,
            description=(check.finds.__doc__ or "").strip(),
            blocks=check.blocks,
        )
        for check in table.checks
    ]


def run_checks(table: Table, outcome: Outcome, work: Work) -> list[Found]:
    """Look for what is wrong, on the days that were touched."""
    days = outcome.days | outcome.unchanged
    found = [_found(check, _wrong_in(table, check.finds, days, work)) for check in table.checks]
    if table.kind is Kind.BRONZE:
        return [_result(FILES_ARE_READ, _unread(table, work)), *found]
    if table.kind in FROM_BRONZE:
        rejected = work.scan_days(table.quarantine, "day", outcome.touched)
        broken = (
            rejected.explode("rules")
            .group_by(rule="rules")
            .agg(records=pl.len(), example=pl.col("record").first())
        )
        return [
            _result(ACCOUNTS_ADD_UP, _unbalanced(table, work)),
            _result(RULES_HOLD, broken.sort("records", descending=True), counted="records"),
            *found,
        ]
    return found


def _found(check: Check, wrong: pl.LazyFrame) -> Found:
    of = Declared(name=check.finds.__name__, description="", blocks=check.blocks)
    return _result(of, wrong)


def _result(check: Declared, wrong: pl.LazyFrame, counted: str | None = None) -> Found:
    rows = wrong.collect(engine="streaming")
    return Found(
        name=check.name,
        blocks=check.blocks,
        rows=int(rows[counted].sum()) if counted else rows.height,
        examples=rows.head(EXAMPLES).to_dicts(),
    )


def _wrong_in(table: Table, finds: Any, days: set[dt.date], work: Work) -> pl.LazyFrame:
    inputs = {}
    for name, read in reads_of(finds).items():
        if read.table == table.name and table.day_column:
            inputs[name] = work.scan_days(read.table, "day", days)
        else:
            inputs[name] = scan_read(read, days, work) if days else work.store.scan(read.table)
    wrong: pl.LazyFrame = finds(**inputs)
    if table.day_column and "day" in wrong.collect_schema():
        wrong = wrong.filter(in_spans("day", spans(days)))
    return wrong


def _unread(table: Table, work: Work) -> pl.LazyFrame:
    dataset = f"{table.name.domain}.{table.name.table}"
    seen = newest(work.store.scan(FILES.name).filter(pl.col("dataset") == dataset))
    return seen.filter(pl.col("status").is_in([UNREADABLE, IGNORED])).select(
        "path", "status", "error"
    )


def _unbalanced(table: Table, work: Work) -> pl.LazyFrame:
    mine = work.store.scan(accounts.ACCOUNTS.name).filter(pl.col("table") == str(table.name))
    kept = mine.collect()
    received = work.store.rows_by_day(work.stored(work.catalog[table.received_from.table]))
    missing = sum(received.values()) - int(kept["received"].sum())
    total = pl.DataFrame({"problem": ["rows of bronze without an account"], "rows": [missing]})
    return pl.concat(
        [accounts.wrong(kept.lazy()), total.filter(pl.lit(bool(missing))).lazy()], how="diagonal"
    )
