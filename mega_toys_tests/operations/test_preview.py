"""What a refresh is expected to cost rests on what earlier builds took, and is checked by it."""

import datetime as dt
import json
from pathlib import Path

import pytest

from mega_toys.lake.run.outcome import Outcome
from mega_toys.operations.preview import Cost, at_size, costs_of, how_far_off, remember
from mega_toys_tests.lakes import Lake, needed_for

BRONZE, EVENTS = "commerce.bronze.web_events", "commerce.silver.web_events"
SESSIONS, FUNNEL = "commerce.silver.sessions", "commerce.gold.funnel_daily"
DAY = dt.date(2026, 3, 10)


@pytest.mark.parametrize(
    ("before", "size", "expected"),
    [
        ([(10, 2.0)], 30, 6.0),  # one build: in proportion
        ([(10, 2.0), (10, 4.0)], 20, 6.0),  # of one size: in proportion to their mean
        ([(10, 3.0), (30, 5.0)], 100, 12.0),  # by the line of 2 and a tenth of the size
        ([(10, 1.0), (20, 3.0)], 30, 4.0),  # that begins below nothing: in proportion
        ([(10, 5.0), (20, 1.0)], 40, 3.0),  # larger builds took less: their mean
    ],
)
def test_a_build_takes_what_others_took_by_their_size(
    before: list[tuple[float, float]], size: float, expected: float
) -> None:
    told = [{"size": at, "seconds": seconds} for at, seconds in before]

    assert at_size(size, told, "seconds") == pytest.approx(expected)


def clicks(lake: Lake, number: int, day: dt.date) -> Path:
    told = {"client_id": "c1", "event_name": "page_view", "device": "mobile"}
    made = [{"event_id": f"{day}-{n}", "ts": f"{day}T12:00:00Z"} | told for n in range(number)]
    return lake.send(f"commerce/web_events/{day}/a.ndjson", *made)


def costs(lake: Lake) -> dict[str, Cost]:
    return {one.table: one for one in costs_of(lake.plan().expected())}


def test_a_preview_tells_what_the_next_day_would_cost_and_the_refresh_how_far_off_that_was(
    tmp_path: Path,
) -> None:
    lake = Lake(tmp_path, needed_for(FUNNEL))
    file = clicks(lake, 10, DAY)
    first = costs(lake)
    assert {one.seconds for one in first.values()} == {one.rows for one in first.values()} == {None}
    assert (first[BRONZE].days, first[BRONZE].files) == (1, 1)
    assert first[BRONZE].bytes == file.stat().st_size
    lake.refresh()
    clicks(lake, 20, DAY + dt.timedelta(days=1))

    second = costs(lake)

    assert list(second) == [BRONZE, EVENTS, SESSIONS, FUNNEL, "lake.gold.data_quality_daily"]
    assert [second[name].rows for name in (BRONZE, EVENTS, SESSIONS)] == [20, 20, 1]
    assert [second[name].days for name in (BRONZE, EVENTS, SESSIONS)] == [1, 1, 3]
    assert all(one.seconds and one.peak_mb and one.bytes for one in second.values())
    remember(list(second.values()), lake.work())
    built = [one for one in lake.refresh().values() if one.changed]
    told = how_far_off(built, lake.store.place)
    assert " s instead of " in told
    assert " rows instead of " in told
    assert "nothing was expected" not in told
    assert how_far_off(built, lake.store.place) == ""


def test_a_preview_says_of_how_many_tables_nothing_was_expected(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    not_known = Cost(table=BRONZE, days=1, files=1, rows=None, bytes=9, seconds=None, peak_mb=None)
    Path(lake.store.root).mkdir()
    Path(lake.store.root, ".preview").write_text(
        json.dumps({"at": "now", "costs": [vars(not_known)]})
    )

    told = how_far_off([Outcome(BRONZE), Outcome(EVENTS)], lake.store.place)

    assert told == "Beside the preview of now: nothing was expected of 2 tables."
