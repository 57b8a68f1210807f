import datetime as dt
from typing import Any

import polars as pl
import pytest

from mega_toys.domains.commerce.silver.sessions import Sessions, sessions
from mega_toys.domains.commerce.silver.web_events import WebEvents
from mega_toys_tests.domains.rows import rows, utc

MONDAY = dt.date(2026, 3, 9)
TUESDAY = MONDAY + dt.timedelta(days=1)


def event(ts: str, **told: Any) -> dict[str, Any]:
    """An event of visitor V, sent with the offset of UTC."""
    at = utc(ts)
    usual = {"client_id": "V", "ts": at, "day": at.date(), "event_id": ts, "device": "mobile"}
    return {**usual, "event_name": "page_view", **told}


def visits(*events: dict[str, Any]) -> pl.DataFrame:
    built = sessions(rows(WebEvents, *events)).collect().select(Sessions.column_names())
    return Sessions.validate(built, cast=True).sort("client_id", "started_at")


@pytest.mark.parametrize(
    ("next_at", "events"), [("10:30:00", [2]), ("10:30:00.000001", [1, 1]), ("11:00:00", [1, 1])]
)
def test_a_visit_ends_after_more_than_30_minutes(next_at: str, events: list[int]) -> None:
    found = visits(event("2026-03-09 10:00:00"), event(f"2026-03-09 {next_at}"))

    assert found["events"].to_list() == events


def test_a_visit_over_midnight_counts_once_on_the_day_it_began() -> None:
    found = visits(event("2026-03-09 23:50"), event("2026-03-10 00:10"), event("2026-03-10 12:00"))

    assert found.select("day", "started_at", "ended_at", "duration_s", "events").rows() == [
        (MONDAY, utc("2026-03-09 23:50"), utc("2026-03-10 00:10"), 1200, 2),
        (TUESDAY, utc("2026-03-10 12:00"), utc("2026-03-10 12:00"), 0, 1),
    ]


def test_the_day_is_the_senders_and_not_that_of_the_clock() -> None:
    found = visits(
        event("2026-03-09 22:50", day=TUESDAY),
        event("2026-03-09 23:10", day=TUESDAY),
    )

    assert found.select("day", "events").rows() == [(TUESDAY, 2)]


def test_what_a_visitor_did_is_counted_by_name() -> None:
    told = {"view_item": 3, "add_to_cart": 2, "begin_checkout": 1, "purchase": 1, "page_view": 4}
    names = [name for name, times in told.items() for _ in range(times)] + ["view_cart"]
    found = visits(
        *(event(f"2026-03-09 10:{minute:02}", event_name=name) for minute, name in enumerate(names))
    )

    counts = found.select("page_views", "view_items", "add_to_carts", "begin_checkouts")
    assert counts.rows() == [(4, 3, 2, 1)]
    assert found.select("purchases", "events").rows() == [(1, 12)]


def test_the_device_is_that_of_the_first_event_by_time_and_event_id() -> None:
    found = visits(
        event("2026-03-09 10:00", event_id="b", device="tablet"),
        event("2026-03-09 10:00", event_id="a", device="desktop"),
        event("2026-03-09 10:01", event_id="0", device="mobile"),
    )

    assert found["device"].to_list() == ["desktop"]


def test_visitors_do_not_mix() -> None:
    found = visits(event("2026-03-09 10:00"), event("2026-03-09 10:01", client_id="W"))

    assert found.select("client_id", "events").rows() == [("V", 1), ("W", 1)]


def test_a_day_is_the_same_built_alone_or_among_others() -> None:
    hours = [
        dt.datetime(2026, 3, 8, tzinfo=dt.UTC) + dt.timedelta(minutes=20) * n for n in range(400)
    ]
    endless = [event(f"{at:%Y-%m-%d %H:%M}") for at in hours]
    together = visits(*endless)

    for day in sorted({one["day"] for one in endless}):
        near = [one for one in endless if abs((one["day"] - day).days) <= 1]
        alone = visits(*near).filter(pl.col("day") == day)
        assert alone.equals(together.filter(pl.col("day") == day))


def test_without_events_there_are_no_visits() -> None:
    assert visits().is_empty()
