import datetime as dt

import polars as pl
import pytest

from mega_toys.domains.manufacturing.rules import ended_after_started
from mega_toys.domains.manufacturing.silver.downtimes import TABLE
from mega_toys_tests.domains.rows import holds, utc

EIGHT, NINE = utc("2026-03-10 08:00"), utc("2026-03-10 09:00")


@pytest.mark.parametrize(
    ("started_at", "ended_at", "verdict"),
    [
        (EIGHT, NINE, True),
        (EIGHT, EIGHT, False),
        (NINE, EIGHT, False),
        (EIGHT, None, None),
        (None, NINE, None),
    ],
)
def test_what_has_ended_took_some_time(
    started_at: dt.datetime | None, ended_at: dt.datetime | None, verdict: bool | None
) -> None:
    instant = pl.Datetime("us", "UTC")
    stop = pl.DataFrame(
        {"started_at": [started_at], "ended_at": [ended_at]},
        schema={"started_at": instant, "ended_at": instant},
    )

    assert holds(ended_after_started(), stop) == [verdict]
    assert ended_after_started in TABLE.rules
