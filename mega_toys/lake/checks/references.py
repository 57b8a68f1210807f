"""Checks of keys across tables and days: what is named exists, and an event happens once."""

import datetime as dt
from collections.abc import Iterator
from functools import partial

import dataframely as dy
import polars as pl

from mega_toys.declared.days import around, spans
from mega_toys.declared.name import TableName
from mega_toys.declared.table import Table
from mega_toys.lake.checks.check import Query
from mega_toys.lake.checks.look import Look
from mega_toys.lake.run.work import in_spans

_PLACE = ("_file", "_row", "_landed_on")  # of a row, as far as its table has them


def foreign_keys(table: Table) -> Iterator[Query]:
    """One check for each column that refers to another table."""
    for column, rows in table.refers.items():
        target = TableName.of(rows)
        name = f"{column}_is_in_{target.table}"
        yield Query(
            name=name,
            description=f"Every {column} is one that {target} has, in any version.",
            wrong=partial(_unmatched, name, column, rows),
            counted="rows",
            of_keys=True,
        )


def _unmatched(
    check: str, column: str, rows: type[dy.Schema], look: Look, days: set[dt.date]
) -> pl.LazyFrame:
    by = [column, *(["day"] if look.table.day_column else [])]
    named = look.new_rows(check, days).filter(pl.col(column).is_not_null())
    places = [pl.col(name).first() for name in _PLACE if name in look.schema]
    counted = named.group_by(by).agg(pl.len().alias("rows"), *places)
    target = TableName.of(rows)
    if not look.work.store.exists(target):  # a lake with only some of the tables
        return counted.clear()
    known = look.work.store.scan(target).select(column)
    descending = [True, *(False for _ in by)]
    return counted.join(known, on=column, how="anti").sort("rows", *by, descending=descending)


def _on_several_days(look: Look, days: set[dt.date]) -> pl.LazyFrame:
    """Offsets differ by less than a day, so that the other day is the one before or after."""
    key = [name for name in look.table.rows.primary_key() if name != "day"]
    rows = look.new_rows(EVENTS_ARE_ON_ONE_DAY.name, around(days, -1, 1), key).select(*key, "day")
    several = rows.group_by(key).agg(first=pl.min("day"), last=pl.max("day"))
    several = several.filter(pl.col("first") < pl.col("last")).select(key)
    on_days = rows.join(several, on=key, how="semi").unique().sort(*key, "day")
    next_day = pl.col("day").shift(-1).over(key)
    pairs = on_days.with_columns(also_on=next_day).filter(
        next_day == pl.col("day").dt.offset_by("1d")
    )
    here = in_spans("day", spans(days)) | in_spans("also_on", spans(days))
    return pairs.filter(here)


EVENTS_ARE_ON_ONE_DAY = Query(
    name="events_are_on_one_day",
    description="No event was also accepted on the day before or after. A "
    "source that sends its times now with an offset and now without makes this happen.",
    wrong=_on_several_days,
    of_keys=True,
)
