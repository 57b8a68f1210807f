"""Current: what came is compared with the newest there is; only touched days are written."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from mega_toys.lake import quarantine, winners
from mega_toys.lake.counting import count_received
from mega_toys.lake.days import chunks, spans
from mega_toys.lake.news import PLACE, News
from mega_toys.lake.taking import Taking
from mega_toys.lake.work import in_spans


def take(taking: Taking, found: News) -> None:
    """Take in what came, some landing days at a time; all at once where records went or wait."""
    count_received(taking, found)
    if found.everything:
        _clear(taking)
    if found.gone is not None or found.waiting is not None:
        _take_batch(taking, taking.came(found), found)
        return
    landed = set(taking.landed()) if found.everything else found.landed
    for part in chunks(landed, taking.landed(), taking.work.rows_at_once):
        taking.say(f"landed {part[0]} … {part[-1]}")
        came = taking.came(found).filter(in_spans("_landed_on", spans(part)))
        _take_batch(taking, came, found)


def _clear(taking: Taking) -> None:
    """Begin anew: what is there may stem from records that are no longer so."""
    if days := taking.own_days():
        taking.write_quarantine(pl.DataFrame(schema=quarantine.SCHEMA), days)
        taking.write_days(pl.DataFrame(schema=taking.table.schema), days)


@dataclass(frozen=True)
class _Anew:
    """Keys whose records went: these keys, and all valid records they still have."""

    keys: pl.DataFrame
    records: pl.DataFrame
    places: list[pl.DataFrame]


def _take_batch(taking: Taking, came: pl.LazyFrame, found: News) -> None:
    rows = taking.judge.placed(came).collect(engine="streaming")
    valid, rejected = taking.judge.judged(rows)
    new = taking.mapped(valid)
    anew = _derived_anew(taking, found, new)
    candidates = [new, anew.records]
    keys = pl.concat([*(part.select(taking.key) for part in candidates), anew.keys]).unique()
    held, incumbents = _incumbents(taking, keys)
    candidates.append(incumbents.join(anew.keys, on=taking.key, how="anti"))
    accepted = winners.current(pl.concat(candidates), taking.key, taking.sequence)
    days = set(rows["_account_day"]) | taking.left_days(found) | held | set(accepted["day"])
    places = pl.concat([rows.select(PLACE), *anew.places]).unique()
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
    taking.write_quarantine(pl.concat([still.collect(), rejected]), days)
    others = taking.silver.filter(touched).join(keys.lazy(), on=taking.key, how="anti")
    taking.write_days(pl.concat([others.collect(), accepted]), days)
