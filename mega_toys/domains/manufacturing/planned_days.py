"""Which days' planned busy time a change of the plan touches; rather too many than too few."""

import datetime as dt

import polars as pl

from mega_toys.declared.extents import Spans

ONE_DAY = dt.timedelta(days=1)  # no time zone is further from UTC


def days_of_shifts(changed: pl.DataFrame) -> Spans | None:
    """The days that a shift reaches, in whatever time zone."""
    return _spans(changed, "starts_at", pl.col("ends_at").dt.date())


def days_of_downtimes(changed: pl.DataFrame) -> Spans | None:
    """The days that a planned stop reaches; one without end reaches all that follow."""
    planned = changed.filter(pl.col("kind") == "planned")
    return _spans(planned, "started_at", pl.col("ended_at").dt.date().fill_null(dt.date.max))


def days_of_machines(changed: pl.DataFrame) -> Spans | None:
    """A machine counts from the day on which it was commissioned."""
    newest = changed.filter("is_current")
    return [(first, dt.date.max) for first in newest["commissioned_on"].unique()]


def days_of_factories(changed: pl.DataFrame) -> Spans | None:
    """Every day (none named) if a factory came, went or has another time zone; else no day."""
    newest = changed.filter("is_current").group_by("factory_id")
    zones = newest.agg(versions=pl.len(), zones=pl.col("time_zone").n_unique())
    is_same = (zones["versions"] > 1) & (zones["zones"] == 1)
    return [] if is_same.all() else None


def _spans(changed: pl.DataFrame, starts: str, last: pl.Expr) -> Spans:
    """From the day before to the day after, held within the calendar of Python."""
    wide = changed.select(
        first=(pl.col(starts).dt.date() - ONE_DAY).clip(dt.date.min, dt.date.max),
        last=(last + ONE_DAY).clip(dt.date.min, dt.date.max),
    )
    return [(first, last) for first, last in wide.unique().iter_rows()]
