"""A metric over rows made up for it, beside a second computation."""

import datetime as dt
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl

from mega_toys.declared.name import TableName
from mega_toys.lake.reading.reader import Reader
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.note import Note
from mega_toys.lake.store.store import Store
from mega_toys_tests.lakes import DECLARED

FIRST = dt.date(2026, 1, 20)


def over(folder: Path, schema: type[dy.Schema], many: int = 300, **values: Any) -> Reader:
    """A lake with random rows of one product, on days of two months, some of their values given."""
    days = [FIRST + dt.timedelta(days=at % 20) for at in range(many)]
    made = schema.sample(many, overrides={"day": days} | values)
    return lake_of(folder, schema, made.lazy())


def lake_of(folder: Path, schema: type[dy.Schema], rows: pl.LazyFrame) -> Reader:
    """A lake that has these rows of one table."""
    store = Store(str(folder))
    stored = Work(store, DECLARED).stored(DECLARED[TableName.of(schema)])
    store.create(stored)
    days = set(rows.select("day").collect()["day"].to_list())
    store.replace_days(stored, rows, days, Note(run="r", batch="b"))
    return Reader(store, DECLARED)


def near(reader: Reader, name: str, by: list[str], expected: pl.LazyFrame) -> bool:
    """Whether a metric is, to a hair, what a frame of these dimensions and the figure says."""
    figure = name.rpartition(".")[2]
    asked = reader.metric(name, by).with_columns(pl.col(figure).cast(pl.Float64))
    wanted = expected.select(*by, pl.col(figure).cast(pl.Float64)).sort(by).collect()
    if not asked.select(by).equals(wanted.select(by)):
        return False
    one, other = asked[figure], wanted[figure]
    close = (one - other).abs() <= 1e-9 * (1 + other.abs())
    return bool((close | one.eq_missing(other)).fill_null(value=False).all())
