"""Of which keys news may end a row, or end the end of one: these are derived from all records."""

import datetime as dt
from collections.abc import Collection, Iterator

import polars as pl

from mega_toys.lake.building.by_key import keys_of
from mega_toys.lake.building.derived import is_mark
from mega_toys.lake.building.judged import Judged
from mega_toys.lake.building.taking import Taking
from mega_toys.lake.news.deliveries import complete_days


def shown_to_be_there(taking: Taking, came: Judged) -> pl.DataFrame:
    """The keys of records that came which may end a row, or its end, beside what they change.

    Those of deletion marks; of complete deliveries those of invalid records, whose key is there.
    """
    marked = came.valid.filter(is_mark(taking)).select(taking.key)
    if not taking.judge.dataset.complete:
        return marked
    keys = keys_of(taking, came.records.lazy()).collect()
    return keys.join(came.valid.select(taking.key), on=taking.key, how="anti")


def gone_or_absent(
    taking: Taking, gone: pl.LazyFrame | None, news: Collection[dt.date]
) -> pl.DataFrame:
    """The keys of records that went; and those that a delivery of a day with news lacks."""
    nothing = keys_of(taking, taking.bronze.limit(0))
    found = [nothing if gone is None else keys_of(taking, gone)]
    if taking.judge.dataset.complete:
        found += _absent(taking, news)
    return pl.concat(found).unique().collect(engine="streaming")


def _absent(taking: Taking, news: Collection[dt.date]) -> Iterator[pl.LazyFrame]:
    """The keys that were there before a landing day with news, and are not on it.

    Before, that is since the last complete delivery: what that one lacked was gone already.
    """
    complete, landed = complete_days(taking.judge.received, taking.work), taking.landed()
    for day in sorted(news):
        last = max((at for at in complete if at < day), default=dt.date.min)
        before = [at for at in landed if last <= at < day]
        if before:
            there = keys_of(taking, taking.landed_on([day]))
            keys = keys_of(taking, taking.landed_on(before)).unique()
            yield keys.join(there, on=taking.key, how="anti")
