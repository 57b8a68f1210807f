"""History and Reference: the keys that news touches are derived from all of their records."""

from collections.abc import Iterator

import polars as pl

from mega_toys.declared.dataset import LANDING
from mega_toys.declared.days import chunks, spans
from mega_toys.declared.table import History
from mega_toys.lake.building.accepted import counted_in_silver, summed
from mega_toys.lake.building.by_key import in_parts, of_keys
from mega_toys.lake.building.counting import count_received, keep_accounts
from mega_toys.lake.building.derived import derived, write_ended
from mega_toys.lake.building.gone import gone_or_absent, shown_to_be_there
from mega_toys.lake.building.judged import Judged, judged
from mega_toys.lake.building.taking import Taking
from mega_toys.lake.judging import winners
from mega_toys.lake.judging.judge import ORDER, PROVENANCE
from mega_toys.lake.judging.rows import days_of
from mega_toys.lake.news.received import News
from mega_toys.lake.own.files import file_group
from mega_toys.lake.own.quarantine_tables import PLACE
from mega_toys.lake.own.quarantine_tables import stored as quarantine_of
from mega_toys.lake.run.work import in_spans, with_keys
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
            taking.write_quarantine(of_days, set(part))
        write_ended(taking, left, found)
        _write(taking, pl.concat(left.accepted), None)


def _take_news(taking: Taking, found: News) -> None:
    keys = [taking.silver.select(taking.key).clear().collect()]
    rejected, places = [], []
    for part in in_parts(taking, taking.came(found)):
        came = judged(taking, taking.placed(part))
        rejected.append(came.rejected)
        places.append(came.records.select(PLACE))
        keys += _touched(taking, came)
    keys += _went(taking, found)
    if found.gone is not None:
        places.append(found.gone.select(PLACE).collect())
    _write_rejected(taking, found, pl.concat(rejected), pl.concat(places))
    touched = pl.concat(keys).unique()
    if touched.is_empty():
        _keep_counts(taking, counted_in_silver(taking))
        _tell_keys(taking, touched, rows=0)
        return
    with derived(taking, of_keys(taking, touched)) as left:
        if taking.judge.dataset.deleted:
            write_ended(taking, left, found)
        _write(taking, pl.concat(left.accepted), touched)


def _touched(taking: Taking, came: Judged) -> Iterator[pl.DataFrame]:
    """The keys of what came, unless it changes nothing."""
    yield _changing(taking, taking.mapped(came.valid)).select(taking.key)
    if taking.judge.dataset.tells_deletions:
        yield shown_to_be_there(taking, came)


def _went(taking: Taking, found: News) -> Iterator[pl.DataFrame]:
    """The keys of what went, and of what a complete delivery lacks."""
    if taking.judge.dataset.tells_deletions:
        yield gone_or_absent(taking, found.gone, found.landed)
    elif found.gone is not None:
        gone = judged(taking, taking.placed(found.gone)).valid
        yield taking.mapped(gone).select(taking.key)


def _write_rejected(
    taking: Taking, found: News, rejected: pl.LazyFrame, places: pl.DataFrame
) -> None:
    waiting = set(found.waiting["_landed_on"]) if found.waiting is not None else set()
    landed = found.landed | waiting
    there = taking.rejected.filter(in_spans("day", spans(landed)))
    still = there.join(places.lazy(), on=PLACE, how="anti")
    taking.write_quarantine(pl.concat([still, rejected]), landed)


def _keep_counts(taking: Taking, silver: pl.DataFrame) -> None:
    """The accounts, and what `lake.accepted` is to say of the rows that the table is to have."""
    landed = silver.group_by("day").agg(pl.sum("accepted"))
    keep_accounts(taking, dict(landed.rows()))
    taking.accepted.append(silver)


def _write(taking: Taking, rows: pl.LazyFrame, keys: pl.DataFrame | None) -> None:
    """The accounts, then what changed: rows of these keys, none standing for all.

    Of a table with days these are written; else the files that hold rows of the keys.
    """
    there = taking.silver if keys is None else with_keys(taking.silver, keys)
    before, after = (_tally(taking, some) for some in (there, rows))
    left = [] if keys is None else [counted_in_silver(taking), _by_group(before, -1)]
    _keep_counts(taking, summed([*left, _by_group(after, 1)]))
    written = int(after["rows"].sum())
    if keys is not None:
        _tell_keys(taking, keys, written)
    if taking.table.day_column:
        _write_days(taking, rows, keys)
    elif not before.equals(after):
        _write_files(taking, rows, keys, are_new=before.is_empty())
        step("silver.written")
        taking.outcome.changed, taking.outcome.rows = True, written


def _tell_keys(taking: Taking, keys: pl.DataFrame, rows: int) -> None:
    """Let the checks look at the rows of these keys, if they have looked at all others before."""
    state = taking.work.store.state(taking.table.name)
    few = keys.height <= taking.work.rows_at_once
    if few and state and not state.unchecked and not taking.table.day_column:
        taking.outcome.keys, taking.outcome.rows_of_keys = keys, rows


def _tally(taking: Taking, rows: pl.LazyFrame) -> pl.DataFrame:
    """What rows there are of each file and landing day: how many, and whether the same."""
    hashed = pl.struct(list(taking.table.schema)).hash().sum().alias("hash")
    tally = rows.group_by("_landed_on", "_file").agg(rows=pl.len().cast(pl.Int64), hash=hashed)
    return tally.sort("_landed_on", "_file").collect(engine="streaming")


def _by_group(tally: pl.DataFrame, sign: int) -> pl.DataFrame:
    grouped = tally.group_by(day="_landed_on", file_group=file_group(pl.col("_file")))
    return grouped.agg(accepted=pl.sum("rows") * sign)


def _write_days(taking: Taking, rows: pl.LazyFrame, keys: pl.DataFrame | None) -> None:
    silver = taking.silver
    there = silver if keys is None else with_keys(silver, keys)
    days = days_of(rows) | days_of(there)
    beside = silver.limit(0)
    if keys is not None:
        of_days = silver.filter(in_spans("day", spans(days)))
        beside = of_days.join(keys.lazy(), on=taking.key, how="anti")
    taking.write_days(pl.concat([beside, rows]).collect(engine="streaming"), days)
    taking.outcome.unchanged.clear()


def _write_files(
    taking: Taking, rows: pl.LazyFrame, keys: pl.DataFrame | None, *, are_new: bool
) -> None:
    """Write the rows of some keys, in the place of those that are there."""
    store, stored, note = taking.work.store, taking.work.stored(taking.table), taking.note
    if keys is None:
        store.replace_all(stored, rows, note(whole=True))
    elif are_new:
        store.append(stored, rows, note(whole=True))
    else:
        others = taking.silver.join(keys.lazy(), on=taking.key, how="anti")
        column, after = taking.key[0], pl.concat([others, rows])
        store.replace_values(stored, after, column, keys[column], note(whole=True))


def _changing(taking: Taking, valid: pl.DataFrame) -> pl.DataFrame:
    """Those valid records that change something; not repetitions of a version that is there."""
    added = ("valid_from", "valid_to", "is_current", *PROVENANCE, *taking.key, taking.sequence)
    content = [name for name in valid.columns if name not in added]
    there = with_keys(taking.silver, valid.select(taking.key).unique())
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
