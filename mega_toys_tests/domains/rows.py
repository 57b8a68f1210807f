"""Rows for tests: told what they are about, sampled where it does not matter."""

import datetime as dt
from typing import Any, TypeVar

import dataframely as dy
import polars as pl

S = TypeVar("S", bound=dy.Schema)


def rows(schema: type[S], *told: dict[str, Any]) -> dy.LazyFrame[S]:
    """One row for each that is told; none makes an empty frame."""
    if not told:
        return schema.create_empty().lazy()
    return schema.sample(overrides=told, generator=dy.random.Generator(7)).lazy()


def utc(text: str) -> dt.datetime:
    """The instant of `2026-03-10 08:00`, or with seconds."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def holds(rule: pl.Expr, frame: pl.DataFrame) -> list[bool | None]:
    """What the rule says of each row."""
    return frame.lazy().select(rule.alias("holds")).collect()["holds"].to_list()
