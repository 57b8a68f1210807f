"""Local times become the instants that they are, as exactly as they were told."""

import datetime as dt

import polars as pl
import pytest

from mega_toys.sources.local_times import as_instants, local_bound


@pytest.mark.parametrize(
    ("local", "zone", "landed"),
    [
        ("2026-07-01 12:00:00", "Europe/Berlin", "2026-07-01 10:00:00.000000+00:00"),
        ("2026-07-01 12:00:00.1234567", "Europe/Berlin", "2026-07-01 10:00:00.1234567+00:00"),
        ("2026-10-25 02:30:00", "Europe/Berlin", "2026-10-25 01:30:00.000000+00:00"),
        ("2026-03-29 02:30:00", "Europe/Berlin", "2026-03-29 02:30:00"),  # left out
        ("0000-00-00 00:00:00", "Europe/Berlin", "0000-00-00 00:00:00"),
        ("9999-12-31 23:59:59", "America/New_York", "9999-12-31 23:59:59"),
        ("0001-01-01 00:00:00", "Asia/Tokyo", "0001-01-01 00:00:00"),
        (None, "Europe/Berlin", None),
    ],
)
def test_a_local_time_lands_as_its_instant_and_what_is_none_of_our_calendar_as_it_is(
    local: str | None, zone: str, landed: str | None
) -> None:
    told = pl.DataFrame({"at": [local]}, schema={"at": pl.String})
    assert told.select(as_instants(pl.col("at"), zone)).item() == landed


def test_a_bound_is_an_hour_earlier_but_no_earlier_than_the_first_year() -> None:
    first = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
    assert str(local_bound(first.replace(year=2026), "UTC")) == "2025-12-31 23:00:00"
    assert str(local_bound(first, "UTC")) == "0001-01-01 00:00:00"
