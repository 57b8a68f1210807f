"""Current: what came is compared with the newest there is; only touched days are written."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from mega_toys.declared.days import chunks, spans
from mega_toys.lake.building.counting import count_received, keep_accounts, write_batch
from mega_toys.lake.building.derived import derived
from mega_toys.lake.building.taking import Taking
from mega_toys.lake.judging import winners
from mega_toys.lake.news.received import News
from mega_toys.lake.own.quarantine_tables import PLACE
from mega_toys.lake.run.work import in_spans


def take(taking: Taking, found: News) -> None:
    """Take in what came, some landing days at a time; all at once where records went or wait."""
    parts = _parts(taking, found)
    if found.everything:
        _take_everything(taking, found, parts)
    elif found.gone is not None or found.waiting is not None:
        count_received(taking, found)
        _take_batch(taking, taking.came(found), found)
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
    for part in parts:
        taking.say(f"landed {part[0]} … {part[-1]}")
        count_received(taking, found, part)
        came = taking.came(found).filter(in_spans("_landed_on", spans(part)))
        _take_batch(taking, came, found)


def _take_everything(taking: Taking, found: News, parts: list[list[dt.date]]) -> None:
    """Begin anew, since what is there may stem from records that are no longer so.

    What does not fit into one batch is made beside a table that has rows: no reader sees it half
    filled.
    """
    if taking.judge.dataset.tells_deletions:
        _take_at_once(taking, found)
    elif len(parts) > 1 and not taking.own_days():
        _take_parts(taking, found, parts)
    elif len(parts) > 1:
        anew = taking.beside()
        _take_parts(anew, found, parts)
        taking.swap_in(anew)
        taking.work.store.clear_aside()
    else:
        _take_at_once(taking, found)


def _take_at_once(taking: Taking, found: News) -> None:
    count_received(taking, found)
    rows = taking.placed(taking.bronze).collect(engine="streaming")
    valid, rejected = taking.judge.judged(rows)
    accepted = derived(taking, valid)
    days = taking.own_days() | set(rows["_account_day"]) | set(accepted["day"])
    write_batch(taking, days, accepted, taking.as_rejected(rejected))


@dataclass(frozen=True)
class _Anew:
    """Keys whose records went: these keys, and all valid records they still have."""

    keys: pl.DataFrame
    records: pl.DataFrame
    places: list[pl.DataFrame]


def _take_batch(taking: Taking, came: pl.LazyFrame, found: News) -> None:
    rows = taking.placed(came).collect(engine="streaming")
    valid, rejected = taking.judge.judged(rows)
    new = taking.mapped(valid)
    anew = _derived_anew(taking, found, new)
    candidates = [new, anew.records]
    keys = pl.concat([*(part.select(taking.key) for part in candidates), anew.keys]).unique()
    held, incumbents = _incumbents(taking, keys)
    candidates.append(incumbents.join(anew.keys, on=taking.key, how="anti"))
    accepted = winners.current(pl.concat(candidates), taking.key, taking.sequence)
    places = pl.concat([rows.select(PLACE), *anew.places]).unique()
    left = taking.left_days(found) | taking.misplaced_days(found, places)
    days = set(rows["_account_day"]) | left | held | set(accepted["day"])
    _write(taking, days, keys, accepted, taking.as_rejected(rejected), places)


def _derived_anew(taking: Taking, found: News, like: pl.DataFrame) -> _Anew:
    if found.gone is None:
        return _Anew(like.clear().select(taking.key), like.clear(), [])
    gone, _ = taking.judged(found.gone)
    keys = gone.select(taking.key).unique()
    records, _ = taking.judged(taking.of_keys(keys))
    return _Anew(keys, records, [found.gone.select(PLACE).collect()])


def _incumbents(taking: Taking, keys: pl.DataFrame) -> tuple[set[dt.date], pl.DataFrame]:
    """The accepted records of some keys, and their days; only these days are read wholly."""
    at = taking.silver.select(*taking.key, "day").join(keys.lazy(), on=taking.key, how="semi")
    held = set(at.select("day").unique().collect().to_series())
    rows = taking.silver.filter(in_spans("day", spans(held)))
    return held, rows.join(keys.lazy(), on=taking.key, how="semi").collect()


def _write(
    taking: Taking,
    days: set[dt.date],
    keys: pl.DataFrame,
    accepted: pl.DataFrame,
    rejected: pl.DataFrame,
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
        pl.concat([still.collect(), rejected]),
    )
