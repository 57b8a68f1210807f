"""What a text must be: the pieces that other rules are made of."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mega_toys.lake.fields.texts import calendar_day, deeper_than, instant, written_clock


def of(text: str | None, expression: object) -> object:
    frame = pl.DataFrame({"t": [text, "x"]}, schema={"t": pl.String})
    return frame.select(expression(pl.col("t"))).to_series()[0]  # type: ignore[operator]


@given(st.dates())
def test_a_day_is_read_as_it_is_written(day: dt.date) -> None:
    assert of(day.isoformat(), calendar_day) == day


@pytest.mark.parametrize(
    "text", ["0000-01-01", "2026-13-01", "2026-02-30", "２０２６-03-10", "", None]
)
def test_what_is_in_no_calendar_is_no_day(text: str | None) -> None:
    assert of(text, calendar_day) is None


def test_texts_among_nulls_are_read_in_their_places() -> None:
    at = "2026-03-10T01:30:00Z"
    frame = pl.DataFrame({"t": [None, at, None, at[:10]]})

    assert frame.select(calendar_day(pl.col("t"))).to_series().to_list() == [
        None, None, None, dt.date(2026, 3, 10),
    ]  # fmt: skip
    assert frame.select(written_clock(pl.col("t"))).to_series().to_list() == [
        None, dt.datetime.fromisoformat(at[:16]), None, None,
    ]  # fmt: skip


@given(st.text(max_size=40))
def test_no_text_makes_an_instant_fail(text: str) -> None:
    of(text, instant)
    of(f"2026-03-10T12:00:00{text}", instant)


OFFSETS = st.integers(-14 * 60, 14 * 60)
YEARS = tuple(map(dt.datetime.fromisoformat, ("0002-01-01", "9998-12-31")))


@given(
    st.datetimes(*YEARS), OFFSETS, st.sampled_from("T "), st.sampled_from(["", " "]),
    st.sampled_from(["seconds", "milliseconds", "microseconds"]), st.sampled_from(["", ":"]),
)  # fmt: skip
def test_an_instant_is_read_in_every_form(
    clock: dt.datetime, minutes: int, mark: str, blank: str, digits: str, colon: str
) -> None:
    shown = clock.isoformat(mark, digits)
    hours, rest = divmod(abs(minutes), 60)
    zone = f"{'-' if minutes < 0 else '+'}{hours:02}{colon}{rest:02}"
    exact = dt.datetime.fromisoformat(shown) - dt.timedelta(minutes=minutes)

    assert of(f"{shown}{blank}{zone}", instant) == exact.replace(tzinfo=dt.UTC)
    assert of(f"{shown}{blank}{zone}", written_clock) == clock.replace(microsecond=0)


@pytest.mark.parametrize(
    "text", ["2026-03-10 01:30+02", "2026-03-10T01:30 +02:00", "2026-03-10 01:30:00.0 +0200"]
)
def test_a_short_form_is_the_instant_of_the_long_one(text: str) -> None:
    assert of(text, instant) == dt.datetime(2026, 3, 9, 23, 30, tzinfo=dt.UTC)
    assert of(text, written_clock) == dt.datetime.fromisoformat("2026-03-10T01:30")


@pytest.mark.parametrize("levels", [99, 100, 101, 5000])
def test_depth_is_counted_exactly(levels: int) -> None:
    for text in ("[" * levels + "]" * levels, '{"a":' * levels + "1" + "}" * levels):
        assert deeper_than(text.encode(), 100) == (levels > 100)


def test_brackets_in_strings_are_no_depth() -> None:
    text = '{"a": "' + "[" * 200 + '", "b": "\\"' + "{" * 200 + '"}'

    assert not deeper_than(text.encode(), 100)


def test_many_shallow_lists_are_not_deep() -> None:
    assert not deeper_than(b"[" + b"[],{}," * 500 + b"[]]", 100)
