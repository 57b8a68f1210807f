"""Checks of what became of the records received: rules and accounts."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

import polars as pl

from mega_toys.declared.days import few_spans
from mega_toys.declared.table import FromBronze
from mega_toys.lake.checks.check import EXAMPLES, Declared, Told, found
from mega_toys.lake.checks.look import Look
from mega_toys.lake.own import accounts, quarantine_tables
from mega_toys.lake.own.accounts import ACCOUNTS
from mega_toys.lake.quarantined.quality import ANY, QUALITY
from mega_toys.lake.run.found import Found
from mega_toys.lake.run.work import Work

_CLOSED = ("corrected", "dismissed")  # columns of QUALITY


def of_records(table: FromBronze) -> Iterator[Told]:
    """The checks of a table that is made from bronze."""
    yield Told(**asdict(ACCOUNTS_ADD_UP), look=partial(_unbalanced, table))
    yield Told(**asdict(RULES_HOLD), look=partial(_broken, table))


def _unbalanced(table: FromBronze, look: Look) -> Found:
    wrong = accounts.wrong(look.accounts.lazy()).collect().drop("table").to_dicts()
    wrong += [
        {"problem": f"{what}: {kept} in the accounts, {there} in the lake"}
        for what, (kept, there) in _totals(table, look).items()
        if kept != there
    ]
    sums = look.accounts.select("received", "accepted", "duplicates", "quarantined").sum()
    return found(ACCOUNTS_ADD_UP, *wrong, numbers=sums.row(0, named=True))


def _totals(table: FromBronze, look: Look) -> dict[str, tuple[int, int]]:
    """The sums of the accounts beside the rows of the tables, which their logs know."""
    work, received = look.work, look.work.catalog.bronze_of(table)
    rejected = work.store.rows_by_day(quarantine_tables.stored(table))
    there = {
        "received": sum(work.store.rows_by_day(work.stored(received)).values()),
        "accepted": look.height + _ended(table, look),
        "quarantined": sum(rejected.values()),
    }
    return {name: (int(look.accounts[name].sum()), rows) for name, rows in there.items()}


def _ended(table: FromBronze, look: Look) -> int:
    """How many deletion marks ended a row, and are accepted without having one."""
    if not look.work.catalog.bronze_of(table).dataset.tells_deletions:
        return 0
    return int(accounts.ended(table.name, look.work.store).select(pl.len()).collect().item())


def _broken(table: FromBronze, look: Look) -> Found:
    """Judged day by day, of all days; told are those over what is tolerated and those touched."""
    tolerance = table.tolerates
    over = _over(table, look)
    shown = look.accounts.filter(pl.col("day").is_in(list(look.outcome.touched | set(over["day"]))))
    received, rejected = int(shown["received"].sum()), int(shown["quarantined"].sum())
    is_grave = (over["share"] > tolerance.error_above).any()
    wrong = shown if over.is_empty() else over
    return found(
        RULES_HOLD,
        severity="error" if is_grave else "warn",
        rows=rejected,
        tolerated=over.is_empty(),
        examples=_by_rule(table, look, set(shown["day"])) if rejected else [],
        numbers={
            "received": received,
            "quarantined": rejected,
            "share_quarantined": round(rejected / received, 6) if received else 0.0,
            "warn_above": tolerance.warn_above,
            "error_above": tolerance.error_above,
        },
        by_day=dict(wrong.filter(pl.col("quarantined") > 0)["day", "quarantined"].rows()),
    )


def _over(table: FromBronze, look: Look) -> pl.DataFrame:
    """The accounts of the days over what the table tolerates.

    Of a day that the run touched what was corrected or dismissed is not counted yet.
    """
    return _over_tolerance(look.accounts, table, look.work, look.outcome.touched)


def _over_tolerance(
    accounts: pl.DataFrame, table: FromBronze, work: Work, uncounted: Collection[dt.date] = ()
) -> pl.DataFrame:
    """The accounts of the days with a larger share quarantined, and still open, than tolerated."""
    share = (pl.col("quarantined") / pl.col("received")).alias("share")
    counted = accounts.filter(pl.col("received") > 0).sort("day")
    over = counted.filter(share > table.tolerates.warn_above)
    if not over.is_empty():
        over = _still_open(over, table, work, uncounted)
    return over.with_columns(share).filter(pl.col("share") > table.tolerates.warn_above)


def _still_open(
    accounts: pl.DataFrame, table: FromBronze, work: Work, uncounted: Collection[dt.date]
) -> pl.DataFrame:
    """The accounts without the records that were corrected or dismissed, as counted last."""
    closed_on = {day for name in _CLOSED for day in work.store.days_above(QUALITY, name, 0)}
    days = (set(accounts["day"]) - set(uncounted)) & closed_on
    if not days:
        return accounts
    mine = (pl.col("table") == str(table.name)) & (pl.col("rule") == ANY)
    counted = work.scan_days(QUALITY.name, "day", days).filter(mine)
    closed = counted.group_by("day").agg(closed=pl.sum_horizontal(pl.sum(*_CLOSED)))
    left = pl.col("quarantined") - pl.col("closed").fill_null(0)
    return accounts.join(closed.collect(), on="day", how="left").with_columns(quarantined=left)


def counted_otherwise(work: Work) -> list[FromBronze]:
    """The tables of which other days are over what they tolerate than was found.

    Since people corrected or dismissed records, or took that back.
    """
    accounts = work.store.scan(ACCOUNTS.name).collect().partition_by("table", as_dict=True)
    return [
        table
        for table in work.catalog.from_bronze
        if (mine := accounts.get((str(table.name),))) is not None
        if _is_counted_otherwise(table, mine, work)
    ]


def _is_counted_otherwise(table: FromBronze, accounts: pl.DataFrame, work: Work) -> bool:
    state = work.store.state(table.name)
    if state is None or state.unchecked or not state.reads:
        return False
    over = _over_tolerance(accounts, table, work).filter(pl.col("quarantined") > 0)
    return tuple(few_spans(over["day"])) != state.warned.get(RULES_HOLD.name, ())


def _by_rule(table: FromBronze, look: Look, days: set[dt.date]) -> list[dict[str, Any]]:
    """How many records broke each rule, with the place of one of them."""
    rejected = look.work.scan_days(table.quarantine, "day", days)
    alike = rejected.group_by("rules").agg(
        records=pl.len(),
        file=pl.col("_file").first(),
        row=pl.col("_row").first(),
    )
    by_rule = alike.explode("rules").group_by(rule="rules")
    counted = by_rule.agg(pl.sum("records"), pl.first("file", "row"))
    most = counted.sort("records", "rule", descending=[True, False]).collect(engine="streaming")
    return most.head(4 * EXAMPLES).to_dicts()


ACCOUNTS_ADD_UP = Declared(
    name="accounts_add_up",
    description="received = accepted + duplicates + quarantined on every day, and the sums over "
    "all days are the rows of bronze, of the table and of its quarantine.",
    blocks=True,
)
RULES_HOLD = Declared(
    name="rules_hold",
    description="Of the records of no day more were quarantined, and are still open, than the "
    "table tolerates; tells the rules that were broken.",
)
