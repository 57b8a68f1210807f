import datetime as dt

import polars as pl
import pytest

from mega_toys.domains.manufacturing.silver.shifts import ends_at_is_valid
from mega_toys_tests.domains.rows import holds, utc


@pytest.mark.parametrize(
    ("length", "verdict"),
    [
        (dt.timedelta(hours=8), True),
        (dt.timedelta(hours=12), True),
        (dt.timedelta(hours=12, microseconds=1), False),
        (dt.timedelta(), False),
        (dt.timedelta(hours=-1), False),
        (None, None),
    ],
)
def test_a_shift_takes_some_time_and_at_most_twelve_hours(
    length: dt.timedelta | None, verdict: bool | None
) -> None:
    starts_at = utc("2026-03-28 22:00")
    instant = pl.Datetime("us", "UTC")
    shift = pl.DataFrame(
        {"starts_at": [starts_at], "ends_at": [starts_at + length if length is not None else None]},
        schema={"starts_at": instant, "ends_at": instant},
    )

    assert holds(ends_at_is_valid(), shift) == [verdict]
