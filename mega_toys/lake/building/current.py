"""Current: what came is compared with the newest there is; only touched days are written."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from mega_toys.declared.days import chunks, spans
from mega_toys.lake.building.by_key import of_keys
from mega_toys.lake.building.counting import (
    count_received,
    keep_accounts,
    received_by_day,
    write_batch,
)
from mega_toys.lake.building.derived import derived, write_ended
from mega_toys.lake.building.gone import gone_or_absent, shown_to_be_there
from mega_toys.lake.building.judged import Judged, judged
from mega_toys.lake.building.taking import Taking
from mega_toys.lake.judging import winners
from mega_toys.lake.judging.rows import days_of
from mega_toys.lake.news.received import News
from mega_toys.lake.own.quarantine_tables import PLACE
from mega_toys.lake.run.progress import by_days
from mega_toys.lake.run.work import in_spans, with_keys


def take(taking: Taking, found: News) -> None:
    """Take in what came, some landing days at a time; all at once where records went or wait."""
    parts = _parts(taking, found)
    if found.everything:
        _take_everything(taking, found, parts)
    elif found.gone is not None or found.waiting is not None:
        count_received(taking, found)
        _take_batch(taking, taking.came(found), found, found.landed)
    else:
        _take_parts(taking, found, parts)
    if found.unfinished:
        _count_again(taking, found.unfinished)


def _count_again(taking: Taking, days: set[dt.date]) -> None:
    """The accounts of days on which a run that died wrote, whatever has become of its records."""
    silver = taking.work.stored(taking.table)
    keep_accounts(taking, taking.work.store.rows_by_day(silver), days)
    taking.outcome.touched |= days


def _parts(taking: Taking, found: News) -> list[list[dt.date]]:
    landed = set(taking.landed()) if found.everything else found.landed
    return list(chunks(landed, taking.landed(), taking.work.rows_at_once))


def _take_parts(taking: Taking, found: News, parts: list[list[dt.date]]) -> None:
    for part in by_days(parts, taking.landed(), taking.say):
        count_received(taking, found, part)
        came = taking.came(found).filter(in_spans("_landed_on", spans(part)))
        _take_batch(taking, came, found, part)


def _take_everything(taking: Taking, found: News, parts: list[list[dt.date]]) -> None:
    """Begin anew, since what is there may stem from records that are no longer so.

    What does not fit into one batch is made beside a table that has rows: no reader sees it half
    filled.
    """
    if taking.judge.dataset.tells_deletions or len(parts) == 1:
        _take_keys(taking, found, beside=len(parts) > 1 and bool(taking.own_days()))
    elif not taking.own_days():
        _take_parts(taking, found, parts)
    else:
        anew = taking.beside()
        _take_parts(anew, found, parts)
        _put_in(taking, anew)


def _put_in(taking: Taking, anew: Taking) -> None:
    taking.swap_in(anew)
    taking.work.store.clear_aside()


def _take_keys(taking: Taking, found: News, *, beside: bool) -> None:
    """Derive all keys, some at a time, and write the days."""
    if beside:
        anew = taking.beside()
        _take_keys(anew, found, beside=False)
        _put_in(taking, anew)
        return
    count_received(taking, found)
    with derived(taking, taking.bronze) as left:
        write_ended(taking, left, found)
        accepted, rejected = pl.concat(left.accepted), pl.concat(left.rejected)
        received = received_by_day(taking)
        days = taking.own_days() | received.keys() | days_of(accepted) | days_of(rejected)
        parts = chunks(days, received, taking.work.rows_at_once)
        for part in by_days(parts, received, taking.say):
            mine = in_spans("day", spans(part))
            write_batch(taking, set(part), accepted.filter(mine).collect(), rejected.filter(mine))


@dataclass(frozen=True)
class _Anew:
    """Keys that are derived from all of their records, and what is accepted of them.

    `days` are those of their rows until now, and of the marks that ended one or end one now.
    """

    keys: pl.DataFrame
    accepted: pl.DataFrame
    places: list[pl.DataFrame]
    days: set[dt.date]


def _take_batch(taking: Taking, came: pl.LazyFrame, found: News, part: Iterable[dt.date]) -> None:
    batch = judged(taking, taking.placed(came))
    rows, new = batch.records, taking.mapped(batch.valid)
    held, incumbents = _incumbents(taking, new.select(taking.key).unique())
    anew = _anew(taking, found, _keys_anew(taking, found, batch, new, incumbents, part))
    rivals = pl.concat([new, incumbents]).join(anew.keys, on=taking.key, how="anti")
    won = winners.current(rivals, taking.key, taking.sequence)
    accepted = pl.concat([won, anew.accepted])
    keys = pl.concat([new.select(taking.key), anew.keys]).unique()
    places = pl.concat([rows.select(PLACE), *anew.places]).unique()
    left = taking.left_days(found) | taking.misplaced_days(found, places) | anew.days
    days = set(rows["_account_day"]) | left | held | set(accepted["day"])
    _write(taking, days, keys, accepted, batch.rejected, places)


def _keys_anew(
    taking: Taking,
    found: News,
    batch: Judged,
    new: pl.DataFrame,
    incumbents: pl.DataFrame,
    part: Iterable[dt.date],
) -> pl.DataFrame:
    """The keys for which it does not do to compare what came with the row that is there."""
    if not taking.judge.dataset.tells_deletions:
        if found.gone is None:
            return new.select(taking.key).clear()
        gone = judged(taking, taking.placed(found.gone)).valid
        return taking.mapped(gone).select(taking.key).unique()
    first = new.group_by(taking.key).agg(pl.col("_landed_on").min())
    if not taking.judge.dataset.complete:
        first = first.with_columns(_landed_on=pl.lit(dt.date.max))
    since = pl.col("_landed_on") >= pl.col("_landed_on_there")
    there = incumbents.select(*taking.key, _landed_on_there="_landed_on")
    compared = first.join(there, on=taking.key).filter(since)
    keys = [
        first.join(compared, on=taking.key, how="anti").select(taking.key),
        shown_to_be_there(taking, batch),
        gone_or_absent(taking, found.gone, set(part) & found.landed),
    ]
    return pl.concat(keys).unique()


def _anew(taking: Taking, found: News, keys: pl.DataFrame) -> _Anew:
    places = [] if found.gone is None else [found.gone.select(PLACE).collect()]
    if keys.is_empty():  # as where all records that went were rejected
        return _Anew(keys, taking.silver.limit(0).collect(), places, set())
    held, _ = _incumbents(taking, keys)
    with derived(taking, of_keys(taking, keys)) as left:
        if taking.judge.dataset.deleted:
            before = write_ended(taking, left, found)
            held |= set(pl.concat([before, *left.ended])["day"])
        return _Anew(keys, pl.concat(left.accepted).collect(), places, held)


def _incumbents(taking: Taking, keys: pl.DataFrame) -> tuple[set[dt.date], pl.DataFrame]:
    """The accepted records of some keys, and their days; only these days are read wholly."""
    at = with_keys(taking.silver, keys).select("day")
    held = set(at.unique().collect(engine="streaming").to_series())
    rows = taking.silver.filter(in_spans("day", spans(held)))
    return held, with_keys(rows, keys).collect()


def _write(
    taking: Taking,
    days: set[dt.date],
    keys: pl.DataFrame,
    accepted: pl.DataFrame,
    rejected: pl.LazyFrame,
    places: pl.DataFrame,
) -> None:
    """Write the touched days: what they had of other keys and records, and the new of these."""
    touched = in_spans("day", spans(days))
    still = taking.rejected.filter(touched).join(places.lazy(), on=PLACE, how="anti")
    others = taking.silver.filter(touched).join(keys.lazy(), on=taking.key, how="anti")
    write_batch(
        taking,
        days,
        pl.concat([others.collect(), accepted]),
        pl.concat([still, rejected]),
    )
