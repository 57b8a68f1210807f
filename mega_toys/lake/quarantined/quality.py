"""`lake.gold.data_quality_daily`: what became of the records of every day, by table and rule.

Made from the lake's own counts, the quarantines and what was decided about them, so no transform
declares it: a kind of its own. A day is computed anew when any of these changed on it.
"""

import datetime as dt
from collections.abc import Iterator

import polars as pl

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.days import chunks
from mega_toys.declared.lake.gold.data_quality_daily import TABLE as DATA_QUALITY
from mega_toys.declared.table import FromBronze
from mega_toys.lake.judging.rows import differing_days, rows_of
from mega_toys.lake.own.accounts import ACCEPTED, RECEIVED
from mega_toys.lake.own.files import file_group
from mega_toys.lake.own.quarantine_tables import PLACE
from mega_toys.lake.quarantined.corrections import claims
from mega_toys.lake.quarantined.decisions import DECISIONS
from mega_toys.lake.quarantined.standing import OPEN, STATUSES, resolved
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.tables import Stored

ANY = "any"  # the rule of the rows that count records, each once
_BY = ["table", "day", "file_group"]
_ACCOUNT = ["received", "accepted", "duplicates"]
STANDING = pl.Schema(
    {
        "table": pl.String(),
        "day": pl.Date(),
        "file_group": pl.String(),
        "rules": pl.List(pl.String()),
        "status": pl.String(),
    }
)
Known = list[tuple[FromBronze, pl.DataFrame]]  # how the rejected records of tables stand
QUALITY = Stored(str(DATA_QUALITY.name), DATA_QUALITY.schema, DATA_QUALITY.day_column)


def stale(work: Work) -> set[dt.date]:
    """The days on which something changed since the table took it in."""
    state = work.store.state(QUALITY.name)
    known = dict(state.reads) if state else {}
    days: set[dt.date] = set()
    for name in _by_day(work.catalog):
        history = work.store.since(name, known.get(name))
        if history.notes is None or any(note.whole for note in history.notes):
            return _every_day(work)
        days |= {day for note in history.notes if note.changed for day in note.days}
    for table in work.catalog.from_bronze:
        days |= _days_of_corrections(table, known.get(str(table.bronze)), work)
    return days


def build(work: Work) -> Outcome:
    """Compute the stale days, and write those that changed."""
    outcome = Outcome(QUALITY.name)
    outcome.reads = {name: work.store.version(name) for name in inputs(work.catalog)}
    days = stale(work)
    known = [
        (table, resolved(table, work))
        for table in work.catalog.from_bronze
        if days & _rejected(table, work).keys()
    ]
    for part in chunks(days, _rejected_by_day(work), work.rows_at_once):
        rows = _of_days(set(part), known, work)
        before = work.scan_days(QUALITY.name, "day", set(part))
        changed = differing_days(before, rows, "day", list(QUALITY.schema), part)
        outcome.unchanged |= set(part) - changed
        if changed:
            kept = rows.lazy().filter(pl.col("day").is_in(list(changed)))
            note = work.note(DATA_QUALITY, days=tuple(changed))
            work.store.replace_days(QUALITY, kept, changed, note)
            outcome.days |= changed
            outcome.rows += rows_of(changed, rows)
    outcome.changed = bool(outcome.days)
    return outcome


def inputs(catalog: Catalog) -> list[str]:
    """The tables whose commits are news: those that name the days, and bronze for corrections."""
    bronze = {str(table.bronze): None for table in catalog.from_bronze}
    return [*_by_day(catalog), *bronze]


def _by_day(catalog: Catalog) -> list[str]:
    """The tables whose commits say on which days they changed."""
    counts = [RECEIVED.name, ACCEPTED.name, DECISIONS.name]
    return [*counts, *(str(table.quarantine) for table in catalog.from_bronze)]


def _every_day(work: Work) -> set[dt.date]:
    received = work.store.scan(RECEIVED.name).select("day").unique().collect().to_series()
    return {*received, *_rejected_by_day(work), *work.store.rows_by_day(QUALITY)}


def _rejected_by_day(work: Work) -> dict[dt.date, int]:
    found: dict[dt.date, int] = {}
    for table in work.catalog.from_bronze:
        for day, rows in _rejected(table, work).items():
            found[day] = found.get(day, 0) + rows
    return found


def _rejected(table: FromBronze, work: Work) -> dict[dt.date, int]:
    return work.store.rows_by_day(Stored(str(table.quarantine), pl.Schema(), "day"))


def _days_of_corrections(table: FromBronze, version: int | None, work: Work) -> set[dt.date]:
    """The days of the records that corrections which came or went since name."""
    history = work.store.since(table.bronze, version)
    if history.notes is None or any(note.whole for note in history.notes):
        return _every_day(work)
    changes = [note for note in history.notes if note.changed]
    if not changes:
        return set()
    came = claims(table, work, {day for note in changes for day in note.days})
    rejected = work.store.scan(table.quarantine).join(came.lazy(), on=PLACE, how="semi")
    days = set(rejected.select("day").unique().collect().to_series()) if came.height else set()
    if any(note.replaced for note in changes):
        mine = (pl.col("table") == str(table.name)) & (pl.col("corrected") > 0)
        days |= set(work.store.scan(QUALITY.name).filter(mine).select("day").collect().to_series())
    return days


def _of_days(days: set[dt.date], known: Known, work: Work) -> pl.DataFrame:
    """The rows of some days; `known` is how the records of tables stand that rejected any."""
    ours = pl.col("table").is_in([str(table.name) for table in work.catalog.from_bronze])
    account = work.scan_days(RECEIVED.name, "day", days).filter(ours)
    accepted = work.scan_days(ACCEPTED.name, "day", days)
    nothing = pl.LazyFrame(schema=STANDING)
    standing = pl.concat([nothing, *(_standing(table, of, days, work) for table, of in known)])
    return counted(account, accepted, standing).collect()


def counted(account: pl.LazyFrame, accepted: pl.LazyFrame, standing: pl.LazyFrame) -> pl.LazyFrame:
    """The rows, of what was received, what was accepted, and how the rejected records stand."""
    account = account.group_by(_BY).agg(pl.col("received").sum())
    accepted = accepted.select(*_BY, "accepted")
    for more in (accepted, standing.group_by(_BY).agg(_standing_counts())):
        account = account.join(more, on=_BY, how="left")
    account = account.with_columns(pl.col("accepted", "quarantined", *STATUSES).fill_null(0))
    duplicates = pl.col("received") - pl.col("accepted") - pl.col("quarantined")
    whole = account.with_columns(duplicates=duplicates, rule=pl.lit(ANY))
    alike = standing.group_by(*_BY, "rules").agg(_standing_counts())  # few, of very many records
    each = alike.explode("rules").group_by(*_BY, rule="rules")
    broken = each.agg(pl.sum("quarantined", *STATUSES))
    by_rule = broken.join(whole.select(*_BY, *_ACCOUNT), on=_BY, how="left")
    return pl.concat([whole, by_rule], how="diagonal").select(list(QUALITY.schema))


def _standing(
    table: FromBronze, known: pl.DataFrame, days: set[dt.date], work: Work
) -> pl.LazyFrame:
    """What a table rejected on some days, and how it stands."""
    rejected = work.scan_days(table.quarantine, "day", days)
    standing = rejected.select(*PLACE, "day", "rules").join(known.lazy(), on=PLACE, how="left")
    group, status = file_group(pl.col("_file")), pl.col("status").fill_null(OPEN)
    named = standing.select("day", "rules", status, table=pl.lit(str(table.name)), file_group=group)
    return named.select(list(STANDING))


def _standing_counts() -> Iterator[pl.Expr]:
    yield pl.len().cast(pl.Int64).alias("quarantined")
    for status in STATUSES:
        yield (pl.col("status") == status).sum().cast(pl.Int64).alias(status)
