"""A day with much less or more than usual is told, and so is a table that nobody fed."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from mega_toys.lake.checks import freshness as freshness_of
from mega_toys.lake.run.found import Found
from mega_toys.lake.run.work import Work
from mega_toys.operations.refresh import prepare
from mega_toys_tests.lake.checks.checked import (
    ELEVENTH,
    RATES,
    TENTH,
    lake_of_rates,
    result,
    written,
)
from mega_toys_tests.lakes import Lake, needed_for

LEDGER = "finance.bronze.sales_ledger"
FRIDAY = dt.date(2026, 3, 13)
ONE_DAY, ONE_WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)


def volume(folder: Path, rows: dict[dt.date, int], touched: dt.date) -> Found:
    """What the check says of a ledger with so many rows a day."""
    lake = Lake(folder, needed_for(LEDGER))
    prepare(lake.work())
    days = pl.Series([day for day, count in rows.items() for _ in range(count)], dtype=pl.Date)
    schema = lake.catalog[LEDGER].schema
    frame = pl.DataFrame(
        [pl.Series(name, [None] * len(days), dtype=dtype) for name, dtype in schema.items()]
    )
    now = lake.work().now()
    place = {"_file": pl.lit("a"), "_row": pl.int_range(len(days)), "_ingested_at": pl.lit(now)}
    written(lake, LEDGER, frame.with_columns(_landed_on=days, **place))
    return result(lake, LEDGER, "volume_is_usual", touched)


def fridays(weeks: int, rows: int = 10) -> dict[dt.date, int]:
    """As many rows on each of some Fridays before."""
    return {FRIDAY - week * ONE_WEEK: rows for week in range(1, weeks + 1)}


@pytest.mark.parametrize(("rows", "passed"), [(4, False), (5, True), (20, True), (21, False)])
def test_a_day_is_compared_with_its_weekday(tmp_path: Path, rows: int, passed: bool) -> None:
    others = {FRIDAY - ONE_DAY: 1000, FRIDAY + ONE_DAY: 1}

    found = volume(tmp_path, fridays(3) | others | {FRIDAY: rows}, FRIDAY)

    assert (found.passed, found.blocks) == (passed, False)
    told = {
        "day": "2026-03-13", "rows": rows, "median": 10, "of_median": rows / 10, "weeks": 3
    }  # fmt: skip
    assert found.numbers == {"days_compared": 1, **told}
    assert found.examples == ([] if passed else [told])
    assert found.by_day == ({} if passed else {FRIDAY: 1})


def test_one_odd_week_does_not_move_the_median(tmp_path: Path) -> None:
    rows = fridays(4) | {FRIDAY - ONE_WEEK: 1000, FRIDAY: 10, FRIDAY + ONE_DAY: 1}

    assert FRIDAY not in volume(tmp_path, rows, FRIDAY).by_day


def test_two_weeks_are_too_few_to_compare_with(tmp_path: Path) -> None:
    found = volume(tmp_path, fridays(2) | {FRIDAY: 1, FRIDAY + ONE_DAY: 1}, FRIDAY)

    assert found.passed
    assert found.numbers == {"days_compared": 0}


def test_weeks_longer_ago_than_eight_do_not_count(tmp_path: Path) -> None:
    old = {FRIDAY - week * ONE_WEEK: 10 for week in (7, 8, 9, 10)}

    assert FRIDAY not in volume(tmp_path, old | {FRIDAY: 1, FRIDAY + ONE_DAY: 1}, FRIDAY).by_day


def test_a_day_that_still_comes_in_is_not_compared(tmp_path: Path) -> None:
    assert volume(tmp_path, fridays(3) | {FRIDAY: 1}, FRIDAY).numbers == {"days_compared": 0}


def test_today_is_not_compared_though_tomorrow_has_begun_elsewhere(tmp_path: Path) -> None:
    today = dt.datetime.now(dt.UTC).date()
    before = {today - week * ONE_WEEK: 10 for week in (1, 2, 3)}

    found = volume(tmp_path, before | {today: 1, today + ONE_DAY: 1}, today)

    assert found.numbers == {"days_compared": 0}


@pytest.mark.parametrize("rows", [1, 0], ids=["too few rows", "no row at all"])
def test_a_day_is_compared_when_the_next_one_begins(tmp_path: Path, rows: int) -> None:
    saturday, sunday = FRIDAY + ONE_DAY, FRIDAY + 2 * ONE_DAY

    found = volume(tmp_path, fridays(3) | {FRIDAY: rows, saturday: 1, sunday: 1}, saturday)

    assert [example["day"] for example in found.examples] == ["2026-03-13"]


def test_a_day_stays_unusual_whichever_day_is_touched(tmp_path: Path) -> None:
    rows = fridays(3) | {FRIDAY: 1, FRIDAY + ONE_DAY: 1}

    assert volume(tmp_path, rows, FRIDAY - ONE_WEEK).by_day == {FRIDAY: 1}


def test_a_day_of_longer_ago_than_eight_weeks_is_compared_no_more(tmp_path: Path) -> None:
    rows = fridays(3) | {FRIDAY: 1}

    newest = FRIDAY + 8 * ONE_WEEK

    assert FRIDAY in volume(tmp_path / "a", rows | {newest: 1}, FRIDAY).by_day
    assert FRIDAY not in volume(tmp_path / "b", rows | {newest + ONE_DAY: 1}, FRIDAY).by_day


class Later(Work):
    """A refresh some days on."""

    def now(self) -> dt.datetime:
        return super().now() + dt.timedelta(days=6)


def freshness(work: Work) -> Found:
    return freshness_of(work.catalog[RATES], work)


def test_data_of_the_past_is_fresh_when_it_is_loaded(tmp_path: Path) -> None:
    found = freshness(lake_of_rates(tmp_path).work())

    assert found.passed
    assert (found.numbers["newest_day"], found.numbers["promised_h"]) == (f"{ELEVENTH}", 120)


def test_a_table_that_took_in_nothing_for_longer_than_promised_is_told(tmp_path: Path) -> None:
    lake = lake_of_rates(tmp_path)

    found = freshness(Later(lake.store, lake.catalog))

    assert (found.passed, found.blocks, found.rows) == (False, False, 1)
    assert isinstance(age := found.numbers["age_h"], float)
    assert 144 <= age < 145
    assert found.examples[0]["newest_day"] == f"{ELEVENTH}"


def test_a_run_that_takes_something_in_makes_the_table_fresh(tmp_path: Path) -> None:
    lake = lake_of_rates(tmp_path)

    later = Later(lake.store, lake.catalog)

    assert result(lake, RATES, "is_fresh", TENTH, work=later).passed


def test_a_table_that_never_took_in_anything_owes_nothing_yet(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for(RATES))
    prepare(lake.work())

    found = freshness(Later(lake.store, lake.catalog))

    assert found.passed
    assert found.numbers == {"refreshed": "never"}
