"""Events that come to a day of many are added to it, and all is as if it had been built anew."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mega_toys.lake.own.accounts import ACCOUNTS
from mega_toys.lake.run.outcome import Outcome
from mega_toys_tests.dying import ending_at
from mega_toys_tests.lake.building.test_unfinished import Scene
from mega_toys_tests.lakes import copy_of, needed_for

EVENTS = "commerce.silver.web_events"
DAY = dt.date(2026, 3, 10)
MANY = 24
STEPS = ("quarantine.written", "received.counted", "accounts.written", "silver.written")


def event(number: int, page: str = "/", day: int = 0, device: str = "mobile") -> dict[str, Any]:
    return {
        "event_id": f"e{number:03}", "client_id": "c", "ts": f"{DAY + dt.timedelta(day)}T12:00:00Z",
        "event_name": "page_view", "page": page, "device": device,
    }  # fmt: skip


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A day of many events, which were taken in twice: all is known to be counted."""
    scene = Scene(tmp_path_factory.mktemp("many"), needed_for(EVENTS))
    for begin in (0, MANY // 2):
        events = map(event, range(begin, begin + MANY // 2))
        scene.send("commerce/web_events", *events, name=f"many-{begin}")
        scene.refresh()
    return scene


@pytest.fixture
def scene(many: Scene, tmp_path: Path) -> Scene:
    made = Scene(tmp_path / "copy", many.lake.catalog)
    made.lake = copy_of(many.lake, tmp_path / "lake")
    return made


def add(scene: Scene, *events: dict[str, Any], name: str = "more", day: int = 0) -> Outcome:
    scene.send("commerce/web_events", *events, name=name, day=day)
    return scene.lake.refresh()[EVENTS]


def looked_at(outcome: Outcome) -> dict[str, int]:
    told = {one.name: one.numbers.get("rows_looked_at") for one in outcome.checks}
    return {name: int(rows) for name, rows in told.items() if rows is not None}


def accounts(scene: Scene) -> list[tuple[int, ...]]:
    mine = scene.lake.store.of_partition(ACCOUNTS, EVENTS).sort("day")
    return mine.select("received", "accepted", "duplicates", "quarantined").rows()


def test_the_rows_of_a_day_that_gets_few_more_are_neither_written_nor_checked_again(
    scene: Scene,
) -> None:
    before = set(scene.lake.store.files(EVENTS)["path"])

    outcome = add(scene, event(100), event(101), event(102, device="fridge"))

    assert (outcome.rows, outcome.days) == (2, {DAY})
    assert before < set(scene.lake.store.files(EVENTS)["path"])
    assert looked_at(outcome)["keys_are_unique"] == 2
    assert looked_at(outcome)["events_are_on_one_day"] == 2
    assert accounts(scene) == [(MANY + 3, MANY + 2, 0, 1)]
    assert scene.differences() == []


@pytest.mark.slow
def test_an_event_that_comes_again_as_it_was_writes_no_row(scene: Scene) -> None:
    before = set(scene.lake.store.files(EVENTS)["path"])

    outcome = add(scene, event(3), event(100))

    assert outcome.rows == 1
    assert before < set(scene.lake.store.files(EVENTS)["path"])
    assert accounts(scene) == [(MANY + 2, MANY + 1, 1, 0)]
    assert scene.differences() == []


def test_of_an_event_that_comes_again_otherwise_the_last_received_decides(scene: Scene) -> None:
    add(scene, event(3, page="/new"), event(100))

    pages = dict(scene.lake.rows(EVENTS, "event_id", "page").rows())
    assert (pages["e003"], pages["e004"], len(pages)) == ("/new", "/", MANY + 1)
    assert scene.differences() == []


@pytest.mark.slow
def test_a_file_that_lands_before_others_does_not_decide(scene: Scene) -> None:
    add(scene, event(3, page="/old"), name="a-first")

    assert dict(scene.lake.rows(EVENTS, "event_id", "page").rows())["e003"] == "/"
    assert scene.differences() == []


@pytest.mark.parametrize("dies_at", STEPS)
@pytest.mark.slow
def test_what_a_run_that_died_has_added_is_not_added_again(scene: Scene, dies_at: str) -> None:
    scene.send("commerce/web_events", event(100), event(101, device="fridge"), name="more")
    with ending_at(dies_at):
        scene.lake.refresh()
        pytest.fail(f"came to its end, past {dies_at}")

    add(scene, event(102), name="yet more")

    assert accounts(scene) == [(MANY + 3, MANY + 2, 0, 1)]
    assert scene.differences() == []


EVENT = st.builds(
    event,
    st.integers(0, MANY + 6),
    st.sampled_from(["/", "/new"]),
    st.sampled_from([0, 0, 0, 1, -1, -40]),
    st.sampled_from(["mobile", "mobile", "fridge"]),
)
BATCH = st.tuples(
    st.lists(EVENT, min_size=1, max_size=4),
    st.sampled_from(["a", "b", "c"]),
    st.integers(0, 1),
    st.sampled_from(("", "", *STEPS)),
)


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(BATCH, min_size=1, max_size=4))
def test_whatever_comes_and_wherever_runs_die_all_is_as_made_anew(
    many: Scene, tmp_path_factory: pytest.TempPathFactory, batches: list[Any]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    scene = Scene(folder / "copy", many.lake.catalog)
    scene.lake = copy_of(many.lake, folder / "lake")
    for events, name, day, dies_at in batches:
        scene.send("commerce/web_events", *events, name=name, day=day)
        if dies_at:
            with ending_at(dies_at):
                scene.lake.refresh()
        else:
            scene.lake.refresh()
    scene.lake.refresh()

    assert scene.differences() == []
