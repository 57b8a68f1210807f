"""History and Reference: the keys that news touches are derived from all of their records."""

import datetime as dt
from collections.abc import Iterator

import polars as pl

from mega_toys.declared.dataset import LANDING
from mega_toys.declared.days import chunks, spans
from mega_toys.declared.table import History
from mega_toys.lake.building.by_key import in_parts, of_keys
from mega_toys.lake.building.counting import count_received, keep_accounts
from mega_toys.lake.building.derived import derived, write_ended
from mega_toys.lake.building.gone import gone_or_absent, shown_to_be_there
from mega_toys.lake.building.taking import Taking
from mega_toys.lake.judging import winners
from mega_toys.lake.judging.judge import ORDER, PROVENANCE
from mega_toys.lake.judging.rows import days_of, differ
from mega_toys.lake.news.received import News
from mega_toys.lake.own.quarantine_tables import PLACE
from mega_toys.lake.own.quarantine_tables import stored as quarantine_of
from mega_toys.lake.run.work import in_spans
from mega_toys.lake.store.step import step


def take(taking: Taking, found: News) -> None:
    """Derive every key of what came, went or waits, but for repetitions that change nothing."""
    count_received(taking, found)
    if found.everything:
        _take_everything(taking, found)
    else:
        _take_news(taking, found)


def _take_everything(taking: Taking, found: News) -> None:
    rejected_on = set(taking.work.store.rows_by_day(quarantine_of(taking.table)))
    landed = set(taking.landed()) | rejected_on
    with derived(taking, taking.bronze) as left:
        rejected = pl.concat(left.rejected)
        for part in chunks(landed, taking.landed(), taking.work.rows_at_once):
            of_days = rejected.filter(in_spans("day", spans(part)))
            taking.write_quarantine(of_days.collect(engine="streaming"), set(part))
        write_ended(taking, left, found)
        _write(taking, pl.concat(left.accepted), None)


def _take_news(taking: Taking, found: News) -> None:
    keys = [taking.silver.select(taking.key).clear().collect()]
    rejected, places = [], []
    for part in in_parts(taking, taking.came(found)):
        rows = taking.placed(part).collect(engine="streaming")
        valid, wrong = taking.judge_placed(rows)
        rejected.append(wrong)
        places.append(rows.select(PLACE))
        keys += _touched(taking, rows, valid)
    keys += _went(taking, found)
    if found.gone is not None:
        places.append(found.gone.select(PLACE).collect())
    _write_rejected(taking, found, pl.concat(rejected), pl.concat(places))
    touched = pl.concat(keys).unique()
    if touched.is_empty():
        keep_accounts(taking, _landed(taking.silver))
        return
    with derived(taking, of_keys(taking, touched)) as left:
        if taking.judge.dataset.deleted:
            write_ended(taking, left, found)
        _write(taking, pl.concat(left.accepted), touched)


def _touched(taking: Taking, rows: pl.DataFrame, valid: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The keys of what came, unless it changes nothing."""
    yield _changing(taking, taking.mapped(valid)).select(taking.key)
    if taking.judge.dataset.tells_deletions:
        yield shown_to_be_there(taking, rows, valid)


def _went(taking: Taking, found: News) -> Iterator[pl.DataFrame]:
    """The keys of what went, and of what a complete delivery lacks."""
    if taking.judge.dataset.tells_deletions:
        yield gone_or_absent(taking, found.gone, found.landed)
    elif found.gone is not None:
        gone, _ = taking.judged(found.gone)
        yield gone.select(taking.key)


def _write_rejected(
    taking: Taking, found: News, rejected: pl.DataFrame, places: pl.DataFrame
) -> None:
    waiting = set(found.waiting["_landed_on"]) if found.waiting is not None else set()
    landed = found.landed | waiting
    there = taking.rejected.filter(in_spans("day", spans(landed)))
    still = there.join(places.lazy(), on=PLACE, how="anti").collect()
    taking.write_quarantine(pl.concat([still, rejected]), landed)


def _landed(rows: pl.LazyFrame) -> dict[dt.date, int]:
    """How many rows are of each landing day."""
    counted = rows.group_by("_landed_on").len().collect(engine="streaming")
    return dict(counted.rows())


def _write(taking: Taking, rows: pl.LazyFrame, keys: pl.DataFrame | None) -> None:
    """The accounts, then what changed: rows of these keys, none standing for all.

    Of a table with days these are written; else the files that hold rows of the keys.
    """
    stored, silver = taking.work.stored(taking.table), taking.silver
    of_keys = silver if keys is None else silver.join(keys.lazy(), on=taking.key, how="semi")
    others = silver.limit(0)
    if keys is not None:
        others = silver.join(keys.lazy(), on=taking.key, how="anti")
    keep_accounts(taking, _landed(pl.concat([others, rows], how="vertical")))
    if taking.table.day_column:
        days = days_of(rows) | days_of(of_keys)
        beside = others.filter(in_spans("day", spans(days)))
        taking.write_days(pl.concat([beside, rows]).collect(engine="streaming"), days)
        taking.outcome.unchanged.clear()
    elif differ(of_keys, rows, list(taking.table.schema)):
        note, written = taking.note(whole=True), rows.select(pl.len()).collect().item()
        if keys is None:
            taking.work.store.replace_all(stored, rows, note)
        else:
            column = taking.key[0]
            after = pl.concat([others, rows])
            taking.work.store.replace_values(stored, after, column, keys[column], note)
        step("silver.written")
        taking.outcome.changed, taking.outcome.rows = True, written


def _changing(taking: Taking, valid: pl.DataFrame) -> pl.DataFrame:
    """Those valid records that change something; not repetitions of a version that is there."""
    added = ("valid_from", "valid_to", "is_current", *PROVENANCE, *taking.key, taking.sequence)
    content = [name for name in valid.columns if name not in added]
    keys = valid.lazy().select(taking.key).unique()
    there = taking.silver.join(keys, on=taking.key, how="semi")
    numbered = valid.with_row_index("_at")
    pairs = numbered.lazy().join(there, on=taking.key, how="inner", suffix="_there").collect()
    repeated = pairs.filter(_repeats(taking, content)).select("_at")
    return numbered.join(repeated, on="_at", how="anti").drop("_at")


def _repeats(taking: Taking, content: list[str]) -> pl.Expr:
    """Whether a record only repeats the version it is paired with."""
    same = pl.all_horizontal(
        pl.lit(True), *(pl.col(name).eq_missing(pl.col(f"{name}_there")) for name in content)
    )
    at, begin = pl.col(taking.sequence), pl.col(f"{taking.sequence}_there")
    later = _received_after()
    still = same & ((at > begin) | ((at == begin) & later))
    if isinstance(taking.table, History):
        is_day = taking.table.schema[taking.sequence] == pl.Date()
        instant = winners.midnight(taking.sequence) if is_day else at
        still &= pl.col("valid_to").is_null() | (instant < pl.col("valid_to"))
    elif taking.sequence != LANDING:
        still = (at < begin) | ((at == begin) & same & later)
    return still & _of_the_same_run(taking) if taking.judge.dataset.complete else still


def _of_the_same_run(taking: Taking) -> pl.Expr:
    """Whether a record's key has been there since the accepted one it is paired with.

    Not where that holds only from the key's return: then of all that return the newest counts.
    """
    since = pl.col("_landed_on") >= pl.col("_landed_on_there")
    if not isinstance(taking.table, History):
        return since
    sequence = f"{taking.sequence}_there"
    is_day = taking.table.schema[taking.sequence] == pl.Date()
    begin = winners.midnight(sequence) if is_day else pl.col(sequence)
    return since & pl.col("valid_to").is_null() & (pl.col("valid_from") == begin)


def _received_after() -> pl.Expr:
    """Whether a record was received after the accepted one it is paired with."""
    later: pl.Expr = pl.lit(False)
    for name in reversed(ORDER):
        mine, theirs = pl.col(name), pl.col(f"{name}_there")
        later = (mine > theirs) | ((mine == theirs) & later)
    return later
