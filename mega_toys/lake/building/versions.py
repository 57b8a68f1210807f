"""History and Reference: the keys that news touches are derived from all of their records."""

import polars as pl

from mega_toys.declared.dataset import LANDING
from mega_toys.declared.days import spans
from mega_toys.declared.table import History
from mega_toys.lake.building.counting import by_day, count_received, keep_accounts
from mega_toys.lake.building.derived import derived, winning
from mega_toys.lake.building.taking import Taking
from mega_toys.lake.judging import winners
from mega_toys.lake.judging.judge import ORDER, PROVENANCE
from mega_toys.lake.judging.rows import built, differ
from mega_toys.lake.news.received import News
from mega_toys.lake.own.quarantine_tables import PLACE
from mega_toys.lake.own.quarantine_tables import stored as quarantine_of
from mega_toys.lake.run.work import in_spans
from mega_toys.lake.store.step import step


def take(taking: Taking, found: News) -> None:
    """Derive every key of what came, went or waits, but for repetitions that change nothing."""
    count_received(taking, found)
    if found.everything:
        rows = taking.placed(taking.bronze).collect(engine="streaming")
        valid, rejected = taking.judge.judged(rows)
        landed = set(taking.landed()) | set(
            taking.work.store.rows_by_day(quarantine_of(taking.table))
        )
        taking.write_quarantine(taking.as_rejected(rejected), landed)
        _write(taking, derived(taking, valid))
        return
    came = taking.came(found).collect().lazy()
    valid, rejected = taking.judged(came)
    keys, places = [_changing(taking, valid).select(taking.key)], [came.select(PLACE)]
    if found.gone is not None:
        gone, _ = taking.judged(found.gone)
        keys.append(gone.select(taking.key))
        places.append(found.gone.select(PLACE))
    _write_rejected(taking, found, rejected, pl.concat(places))
    touched = pl.concat(keys).unique()
    if touched.height:
        records, _ = taking.judged(taking.of_keys(touched))
        others = taking.silver.join(touched.lazy(), on=taking.key, how="anti").collect()
        _write(taking, pl.concat([others, winning(taking, records)]))
    else:
        keep_accounts(taking, by_day(taking.silver.select("_landed_on").collect(), "_landed_on"))


def _write_rejected(
    taking: Taking, found: News, rejected: pl.DataFrame, places: pl.LazyFrame
) -> None:
    waiting = set(found.waiting["_landed_on"]) if found.waiting is not None else set()
    landed = found.landed | waiting
    there = taking.rejected.filter(in_spans("day", spans(landed)))
    still = there.join(places, on=PLACE, how="anti").collect()
    taking.write_quarantine(pl.concat([still, rejected]), landed)


def _write(taking: Taking, rows: pl.DataFrame) -> None:
    """The accounts, then the days that changed, or the whole table where it has none."""
    keep_accounts(taking, by_day(rows, "_landed_on"))
    stored = taking.work.stored(taking.table)
    if taking.table.day_column:
        taking.write_days(rows, set(rows["day"]) | set(taking.work.store.rows_by_day(stored)))
        taking.outcome.unchanged.clear()
        return
    rows = built(taking.table, rows)
    if differ(taking.silver, rows, list(taking.table.schema)):
        note = taking.note(whole=True)
        taking.work.store.replace_all(stored, rows.lazy(), note)
        step("silver.written")
        taking.outcome.changed, taking.outcome.rows = True, rows.height


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
        return still & (pl.col("valid_to").is_null() | (instant < pl.col("valid_to")))
    if taking.sequence == LANDING:
        return still
    return (at < begin) | ((at == begin) & same & later)


def _received_after() -> pl.Expr:
    """Whether a record was received after the accepted one it is paired with."""
    later: pl.Expr = pl.lit(False)
    for name in reversed(ORDER):
        mine, theirs = pl.col(name), pl.col(f"{name}_there")
        later = (mine > theirs) | ((mine == theirs) & later)
    return later
