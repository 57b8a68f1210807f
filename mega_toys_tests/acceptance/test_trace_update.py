"""The trace of lots is kept up by what changed, and built anew where that would not be right."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from mega_toys.lake.building.computed import build_whole
from mega_toys_tests.acceptance.test_rebuild import FACTORY, lot_event
from mega_toys_tests.lake.checks.checked import written
from mega_toys_tests.lakes import Lake, copy_of, needed_for

TRACE = "safety.gold.lot_trace"
DAY = dt.date(2026, 3, 5)
PAIR = ("ancestor_lot_id", "descendant_lot_id", "steps")
PLANTED = pl.DataFrame([("x", "y", 1)], schema=PAIR, orient="row")


def land(lake: Lake, name: str, *transformations: str) -> None:
    events = [lot_event(f"T{pair}", *pair) for pair in transformations]
    lake.send(f"safety/lot_events/{DAY}/{name}.ndjson", *events)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(tmp_path_factory.mktemp("begun"), needed_for(TRACE))
    made.send(f"manufacturing/factories/{DAY}/a.ndjson", FACTORY)
    land(made, "a", "ab", "bc")
    made.refresh()
    return made


@pytest.fixture
def lake(begun: Lake, tmp_path: Path) -> Lake:
    return copy_of(begun, tmp_path)


@pytest.mark.slow
def test_news_leave_alone_what_they_do_not_touch(lake: Lake) -> None:
    written(lake, TRACE, PLANTED)
    land(lake, "b", "cd")

    lake.refresh()

    pairs = ["".join(pair) for *pair, _ in lake.rows(TRACE, *PAIR).rows()]
    assert pairs == ["ab", "ac", "ad", "bc", "bd", "cd", "xy"]


@pytest.mark.slow
def test_after_a_reached_limit_all_is_traced_anew(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEGA_TOYS_TRACE_STEPS", "3")
    land(lake, "b", "cd", "de")
    assert lake.refresh()[TRACE].failed == ["ways_as_long_as_the_limit"]
    assert lake.rows(TRACE, *PAIR).rows()[2:4] == [("a", "d", 3), ("b", "c", 1)]

    monkeypatch.setenv("MEGA_TOYS_TRACE_STEPS", "10")
    assert lake.refresh()[TRACE].failed == []

    assert ("a", "e", 4) in lake.rows(TRACE, *PAIR).rows()


@pytest.mark.slow
def test_what_a_run_that_died_has_traced_is_not_taken_for_the_truth(lake: Lake) -> None:
    land(lake, "b", "cd")
    bronze_and_silver = needed_for("safety.silver.lot_events")
    Lake(lake.folder, bronze_and_silver).refresh()
    build_whole(lake.catalog[TRACE], lake.work())  # and then it died, before its checks

    land(lake, "b", "de")
    lake.refresh()

    assert ["".join(pair) for *pair, _ in lake.rows(TRACE, *PAIR).rows()] == [
        "ab",
        "ac",
        "bc",
        "de",
    ]
