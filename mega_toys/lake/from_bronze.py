"""Silver tables made from bronze: each kind takes in what is new, in batches bounded by rows.

Per batch the quarantine is written, then silver, then the accounts.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import polars as pl

from mega_toys.lake import accounts, quarantine, winners
from mega_toys.lake.days import around, chunks, spans
from mega_toys.lake.judging import ORDER, PROVENANCE, WINDOW, Judge
from mega_toys.lake.news import PLACE, News, known_now, news
from mega_toys.lake.rows import built, differ, differing_days
from mega_toys.lake.stale import versions
from mega_toys.lake.table import Kind, Table
from mega_toys.lake.valid import stored
from mega_toys.lake.work import Outcome, Work, in_spans

Progress = Callable[[str], None]
_ACCOUNT = pl.col("_account_day")


def build_from_bronze(table: Table, work: Work, say: Progress) -> Outcome:
    """Take in all that is new; the outcome tells the days whose rows changed."""
    reads = versions(table, work)
    taking = Taking(table, work, say)
    found = news(table, work)
    if not found.nothing:
        if table.kind is Kind.EVENTS:
            _take_events(taking, found)
        elif table.kind is Kind.CURRENT:
            _take_current(taking, found)
        else:
            _take_versions(taking, found)
        taking.keep_accounts()
    taking.outcome.reads = reads
    return taking.outcome


@dataclass
class Taking:
    """The taking in of records by one table: what is read, judged and written."""

    table: Table
    work: Work
    say: Progress
    outcome: Outcome = field(init=False)
    judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        self.outcome = Outcome(str(self.table.name))
        received = self.work.catalog[self.table.received_from.table]
        self.judge = Judge(self.table, received, known_now(self.table, self.work))

    @property
    def bronze(self) -> pl.LazyFrame:
        """All that was received."""
        return self.work.store.scan(self.judge.received.name)

    @property
    def silver(self) -> pl.LazyFrame:
        """The table as it is."""
        return self.work.store.scan(self.table.name)

    @property
    def rejected(self) -> pl.LazyFrame:
        """The quarantine as it is."""
        return self.work.store.scan(self.table.quarantine)

    @property
    def key(self) -> list[str]:
        """The fields that identify a record."""
        return list(self.judge.dataset.key)

    def landed(self) -> dict[dt.date, int]:
        """Rows of bronze by landing day."""
        return self.work.store.rows_by_day(self.work.stored(self.judge.received))

    def landed_on(self, days: Iterable[dt.date]) -> pl.LazyFrame:
        """The records of some landing days."""
        return self.bronze.filter(in_spans("_landed_on", spans(days)))

    def mapped(self, valid: pl.DataFrame) -> pl.DataFrame:
        """Valid records as the table's transform maps them, without what the kind adds."""
        if self.table.build is None:
            raise AssertionError(f"{self.table.name} has no transform")
        rows = self.table.build(valid.lazy())
        added = ("valid_from", "valid_to", "is_current") if self.table.kind is Kind.HISTORY else ()
        return rows.select([name for name in self.table.schema if name not in added]).collect()

    def judged(self, received: pl.LazyFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Valid records mapped, and the rest in the form of the quarantine."""
        rows = self.judge.placed(received).collect(engine="streaming")
        valid, rejected = self.judge.judged(rows)
        return self.mapped(valid), self.as_rejected(rejected)

    def as_rejected(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rejected records in the form of the quarantine."""
        return quarantine.rejected(rows, self.judge.fields, self.work.now())

    def write_quarantine(self, rows: pl.DataFrame, days: set[dt.date]) -> None:
        """Replace the quarantine of these days where it changed."""
        self.outcome.touched |= days
        table = quarantine.stored(self.table)
        before = self.work.scan_days(table.name, "day", days)
        changed = differing_days(before, rows, "day", quarantine.CONTENT, days)
        if changed:
            kept = rows.lazy().filter(pl.col("day").is_in(list(changed)))
            note = self.work.note(days=tuple(changed))
            self.work.store.replace_days(table, kept, changed, note)

    def write_days(self, rows: pl.DataFrame, days: set[dt.date]) -> None:
        """Replace these days of the table where they changed."""
        rows = built(self.table, rows)
        before = self.work.scan_days(self.table.name, "day", days)
        changed = differing_days(before, rows, "day", list(self.table.schema), days)
        self.outcome.unchanged |= days - changed
        if changed:
            kept = rows.lazy().filter(pl.col("day").is_in(list(changed)))
            note = self.work.note(self.table, days=tuple(changed))
            self.work.store.replace_days(self.work.stored(self.table), kept, changed, note)
            self.outcome.days |= changed
            self.outcome.rows += rows.height
            self.outcome.changed = True

    def keep_accounts(self) -> None:
        """Write the accounts of the table as they are now."""
        name, store = str(self.table.name), self.work.store
        if self.table.kind in (Kind.EVENTS, Kind.CURRENT):
            rows = store.scan(accounts.RECEIVED.name).filter(pl.col("table") == name)
            received = dict(rows.group_by("day").agg(pl.col("received").sum()).collect().rows())
            accepted = store.rows_by_day(self.work.stored(self.table))
        else:
            received = self.landed()
            accepted = dict(self.silver.group_by("_landed_on").len().collect().rows())
        rejected = store.rows_by_day(quarantine.stored(self.table))
        account = accounts.account(name, received, accepted, rejected)
        kept = store.scan(accounts.ACCOUNTS.name).filter(pl.col("table") == name)
        if differ(kept, account, list(accounts.ACCOUNTS.schema)):
            note = self.work.note(whole=True)
            store.replace_partition(accounts.ACCOUNTS, account, name, note)
        mine = account.filter(pl.col("day").is_in(list(self.outcome.touched)))
        self.outcome.accounts = (
            mine.select(list(accounts.ACCOUNTS.schema)[2:]).sum().row(0, named=True)
        )

    def count_received(self, found: News) -> set[dt.date]:
        """Count the records of the landing days with news by day; the days of what came."""
        name, table = str(self.table.name), accounts.RECEIVED
        landed = set(self.landed()) if found.everything else set(found.landed)
        if found.waiting is not None:
            landed |= set(found.waiting["_landed_on"])
        new = pl.lit(True) if found.everything else pl.col("_ingested_at").is_in(found.stamps)
        placed = self.judge.placed(self.landed_on(landed))
        counted = placed.group_by(
            pl.col("_landed_on").alias("landed_on"), _ACCOUNT.alias("day")
        ).agg(pl.len().cast(pl.Int64).alias("received"), new.any().alias("new"))
        counts = counted.with_columns(table=pl.lit(name)).collect(engine="streaming")
        before = self.work.store.scan(table.name).filter(pl.col("table") == name).collect()
        others = before.filter(~pl.col("landed_on").is_in(list(landed)))
        kept = before.clear() if found.everything else others
        after = pl.concat([kept, counts.select(list(table.schema))])
        if differ(before.lazy(), after, list(table.schema)):
            note = self.work.note(whole=True)
            self.work.store.replace_partition(table, after, name, note)
        return set(counts.filter("new")["day"])


def _again(taking: Taking, found: News) -> pl.LazyFrame | None:
    """The waiting records, as bronze has them."""
    if found.waiting is None:
        return None
    landed = taking.landed_on(set(found.waiting["_landed_on"]))
    return landed.join(found.waiting.lazy().select(PLACE), on=PLACE, how="semi")


def _placed_days(taking: Taking, rows: pl.LazyFrame | None) -> set[dt.date]:
    if rows is None:
        return set()
    return set(taking.judge.placed(rows).select(_ACCOUNT).unique().collect().to_series())


def _left_days(taking: Taking, found: News) -> set[dt.date]:
    """The days on which records that went or wait have their place until now."""
    days = _placed_days(taking, found.gone)
    if found.gone is not None:
        files = found.gone.select("_file").unique()
        rows = taking.rejected.join(files, on="_file", how="semi")
        days |= set(rows.select("day").unique().collect().to_series())
    return days | (set(found.waiting["day"]) if found.waiting is not None else set())


def _take_events(taking: Taking, found: News) -> None:
    """Build every touched business day anew from the bronze rows of its window."""
    days = taking.count_received(found)
    days |= _left_days(taking, found) | _placed_days(taking, _again(taking, found))
    if found.everything:
        own = taking.work.stored(taking.table), quarantine.stored(taking.table)
        days |= {day for table in own for day in taking.work.store.rows_by_day(table)}
    for part in chunks(days, taking.landed(), taking.work.rows_at_once):
        taking.say(f"{part[0]} … {part[-1]}")
        window = taking.judge.placed(taking.landed_on(around(part, *WINDOW)))
        rows = window.filter(in_spans("_account_day", spans(part))).collect(engine="streaming")
        valid, rejected = taking.judge.judged(rows)
        del rows
        accepted = taking.mapped(winners.events(valid, taking.key))
        taking.write_quarantine(taking.as_rejected(rejected), set(part))
        taking.write_days(accepted, set(part))


def _take_current(taking: Taking, found: News) -> None:
    """Compare what came with the newest versions there are; only touched days are written."""
    taking.count_received(found)
    if found.everything:
        own = taking.work.stored(taking.table), quarantine.stored(taking.table)
        left = {day for table in own for day in taking.work.store.rows_by_day(table)}
        if left:
            taking.write_quarantine(pl.DataFrame(schema=quarantine.SCHEMA), left)
            taking.write_days(pl.DataFrame(schema=taking.table.schema), left)
        landed, came = set(taking.landed()), taking.bronze
    else:
        landed, came = (
            found.landed,
            taking.bronze.filter(pl.col("_ingested_at").is_in(found.stamps)),
        )
        if found.gone is not None or found.waiting is not None:
            parts = [came.filter(in_spans("_landed_on", spans(landed))), _again(taking, found)]
            _take_current_batch(
                taking, pl.concat([p for p in parts if p is not None]).unique(PLACE), found
            )
            return
    for part in chunks(landed, taking.landed(), taking.work.rows_at_once):
        taking.say(f"landed {part[0]} … {part[-1]}")
        _take_current_batch(taking, came.filter(in_spans("_landed_on", spans(part))), None)


def _take_current_batch(taking: Taking, came: pl.LazyFrame, found: News | None) -> None:
    sequence = _sequence(taking)
    rows = taking.judge.placed(came).collect(engine="streaming")
    valid, rejected = taking.judge.judged(rows)
    places = [rows.select(*PLACE)]
    days = set(rows["_account_day"])
    candidates = [taking.mapped(valid)]
    again = pl.DataFrame(schema={name: candidates[0].schema[name] for name in taking.key})
    if found is not None and found.gone is not None:
        gone, _ = taking.judged(found.gone)
        again = gone.select(taking.key).unique()
        places.append(found.gone.select(PLACE).collect())
        derived, _ = taking.judged(_of_keys(taking, again))
        candidates.append(derived)
    if found is not None:
        days |= _left_days(taking, found)
    keys = pl.concat([c.select(taking.key) for c in [*candidates, again]]).unique()
    at = taking.silver.select(*taking.key, "day").join(keys.lazy(), on=taking.key, how="semi")
    held = set(at.select("day").unique().collect().to_series())
    incumbents = taking.silver.filter(in_spans("day", spans(held))).join(
        keys.lazy(), on=taking.key, how="semi"
    )
    candidates.append(incumbents.join(again.lazy(), on=taking.key, how="anti").collect())
    accepted = winners.current(pl.concat(candidates), taking.key, sequence)
    days |= held | set(accepted["day"])
    others = taking.silver.filter(in_spans("day", spans(days))).join(
        keys.lazy(), on=taking.key, how="anti"
    )
    seen = pl.concat(places).unique().lazy()
    still = taking.rejected.filter(in_spans("day", spans(days))).join(seen, on=PLACE, how="anti")
    taking.write_quarantine(pl.concat([still.collect(), taking.as_rejected(rejected)]), days)
    taking.write_days(pl.concat([others.collect(), accepted]), days)


def _sequence(taking: Taking) -> str:
    if taking.judge.dataset.sequence is None:
        raise AssertionError(f"{taking.judge.received.name} declares no sequence")
    return taking.judge.dataset.sequence


def _of_keys(taking: Taking, keys: pl.DataFrame) -> pl.LazyFrame:
    """All records of some keys, however long ago they landed."""
    fields = taking.judge.fields
    named = {name: f"_key_{name}" for name in taking.key}
    keyed = taking.bronze.with_columns(
        stored(pl.col(name), fields[name]).alias(alias) for name, alias in named.items()
    )
    found = keyed.join(keys.lazy().rename(named), on=list(named.values()), how="semi")
    return found.drop(list(named.values()))


def _take_versions(taking: Taking, found: News) -> None:
    """Derive the keys that news touches from all of their records."""
    sequence = _sequence(taking)
    derive = winners.history if taking.table.kind is Kind.HISTORY else winners.reference
    if found.everything:
        taking.say("everything")
        valid, rejected = taking.judged(taking.bronze)
        places = None
        keys = valid.select(taking.key).unique()
        landed = set(taking.landed()) | set(
            taking.work.store.rows_by_day(quarantine.stored(taking.table))
        )
        others = pl.DataFrame(schema=taking.table.schema)
    else:
        new = taking.bronze.filter(
            in_spans("_landed_on", spans(found.landed)), pl.col("_ingested_at").is_in(found.stamps)
        )
        again = _again(taking, found)
        came = (new if again is None else pl.concat([new, again]).unique(PLACE)).collect().lazy()
        valid, rejected = taking.judged(came)
        parts = [_news_of(taking, valid, sequence).select(taking.key)]
        places = came.select(PLACE)
        landed = found.landed | (
            set(found.waiting["_landed_on"]) if found.waiting is not None else set()
        )
        if found.gone is not None:
            gone, _ = taking.judged(found.gone)
            parts.append(gone.select(taking.key))
            places = pl.concat([places, found.gone.select(PLACE)])
        keys = pl.concat(parts).unique()
        valid = taking.judged(_of_keys(taking, keys))[0] if keys.height else valid.clear()
        others = taking.silver.join(keys.lazy(), on=taking.key, how="anti").collect()
    versions_ = derive(valid, taking.key, sequence).select(others.columns)
    if places is not None:
        still = taking.rejected.filter(in_spans("day", spans(landed))).join(
            places, on=PLACE, how="anti"
        )
        rejected = pl.concat([still.collect(), rejected])
    taking.write_quarantine(rejected, landed)
    _write_versions(taking, pl.concat([others, versions_]))


def _write_versions(taking: Taking, rows: pl.DataFrame) -> None:
    """Replace the days that changed, or the whole table where it has none."""
    if taking.table.day_column:
        days = set(rows["day"]) | set(
            taking.work.store.rows_by_day(taking.work.stored(taking.table))
        )
        taking.write_days(rows, days)
        taking.outcome.unchanged.clear()
        return
    rows = built(taking.table, rows)
    if differ(taking.silver, rows, list(taking.table.schema)):
        taking.work.store.replace_all(
            taking.work.stored(taking.table),
            rows.lazy(),
            taking.work.note(taking.table, whole=True),
        )
        taking.outcome.changed, taking.outcome.rows = True, rows.height


def _news_of(taking: Taking, valid: pl.DataFrame, sequence: str) -> pl.DataFrame:
    """Those valid records that change something; not the repetitions of a version that is there."""
    added = ("valid_from", "valid_to", "is_current", *PROVENANCE, *taking.key, sequence)
    content = [name for name in valid.columns if name not in added]
    there = taking.silver.join(valid.lazy().select(taking.key).unique(), on=taking.key, how="semi")
    numbered = valid.with_row_index("_at")
    pairs = numbered.lazy().join(there, on=taking.key, how="inner", suffix="_there").collect()
    same = pl.all_horizontal(
        pl.lit(True), *(pl.col(name).eq_missing(pl.col(f"{name}_there")) for name in content)
    )
    later = _received_after()
    at, begin = pl.col(sequence), pl.col(f"{sequence}_there")
    if taking.table.kind is Kind.HISTORY:
        ends = pl.col("valid_to")
        repeats = same & (at >= begin) & (ends.is_null() | (at < ends)) & ((at > begin) | later)
    else:
        repeats = (at < begin) | ((at == begin) & same & later)
    return numbered.join(pairs.filter(repeats).select("_at"), on="_at", how="anti").drop("_at")


def _received_after() -> pl.Expr:
    """Whether a record was received after the accepted one it is paired with."""
    later: pl.Expr = pl.lit(False)
    for name in reversed(ORDER):
        mine, theirs = pl.col(name), pl.col(f"{name}_there")
        later = (mine > theirs) | ((mine == theirs) & later)
    return later
