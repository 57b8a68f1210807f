"""Sets of calendar days."""

import datetime as dt
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mega_toys.declared.days import around, chunks, listed, said, shifted, spans, within

DAY = dt.date(2026, 3, 10)
DAYS = st.sets(st.dates(dt.date(2026, 1, 1), dt.date(2026, 2, 10)))


def march(*numbers: int) -> list[dt.date]:
    return [dt.date(2026, 3, number) for number in numbers]


def test_neighbours_make_one_span() -> None:
    first, second, third, fifth = march(1, 2, 3, 5)

    assert spans([third, first, fifth, second, first]) == [(first, third), (fifth, fifth)]
    assert spans([]) == []


def test_the_calendar_s_ends_are_never_left() -> None:
    assert shifted(dt.date.min, -1) == dt.date.min
    assert shifted(dt.date.max, 3) == dt.date.max
    assert around([dt.date.max], -1, 3) == {shifted(dt.date.max, -1), dt.date.max}
    assert spans([dt.date.min]) == [(dt.date.min, dt.date.min)]
    assert spans([dt.date.max, dt.date.min]) == [
        (dt.date.min, dt.date.min), (dt.date.max, dt.date.max),
    ]  # fmt: skip


@given(DAYS)
def test_spans_list_the_same_days_again(days: set[dt.date]) -> None:
    found = spans(days)

    assert listed(found) == sorted(days)
    assert all(shifted(a[1], 1) < b[0] for a, b in pairwise(found))
    assert within(days, found) == days


@given(DAYS, st.lists(st.tuples(st.dates(), st.dates()), max_size=5))
def test_days_within_spans_are_those_that_one_of_them_holds(
    days: set[dt.date], found: list[tuple[dt.date, dt.date]]
) -> None:
    days = days | {dt.date.min, dt.date.max} | {day for span in found for day in span}

    held = {day for day in days if any(first <= day <= last for first, last in found)}

    assert within(days, found) == held
    assert within(days, []) == set()


def test_around_is_every_day_beside_one() -> None:
    assert sorted(around([DAY], -1, 3)) == march(9, 10, 11, 12, 13)
    assert around([], -1, 1) == set()


@given(DAYS, st.integers(1, 30), st.integers(1, 12))
def test_chunks_are_all_days_once_and_no_larger_than_asked(
    days: set[dt.date], most: int, each: int
) -> None:
    rows = {day: each * (day.day % 4) for day in days}

    parts = list(chunks(days, rows, most))

    assert [day for part in parts for day in part] == sorted(days)
    assert all(len(part) == 1 or sum(rows[day] for day in part) <= most for part in parts)


def test_many_days_are_said_shortly() -> None:
    assert said([]) == ""
    assert said(march(1, 2, 3, 7)) == "2026-03-01…2026-03-03, 2026-03-07"
    assert said(march(1, 3, 5, 7, 9)) == "2026-03-01, 2026-03-03, … 2026-03-09"
