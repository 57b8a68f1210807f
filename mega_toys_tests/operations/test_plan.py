"""What is to do is said in one place: per table files, days, why, who asked, blocked by what."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from mega_toys.lake.quarantined.standing import Choice
from mega_toys.operations.plan import Expected, Reason
from mega_toys.operations.quarantine import replay
from mega_toys.operations.rebuild import forget
from mega_toys_tests.lakes import Lake, needed_for

BRONZE = "commerce.bronze.web_events"
EVENTS = "commerce.silver.web_events"
SESSIONS = "commerce.silver.sessions"
QUALITY = "lake.gold.data_quality_daily"
FUNNEL = "commerce.gold.funnel_daily"
DAY, NEXT = dt.date(2026, 3, 10), dt.date(2026, 3, 11)
EVENT = {"client_id": "c1", "event_name": "page_view", "device": "mobile"}


def click(lake: Lake, day: dt.date, name: str, **told: str) -> Path:
    sent = {"event_id": name, "ts": f"{day}T12:00:00Z"} | EVENT | told
    return lake.send(f"commerce/web_events/{day}/{name}.ndjson", sent)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path, needed_for(FUNNEL))
    click(made, DAY, "a")
    made.refresh()
    return made


def reasons(lake: Lake, table: str) -> list[Reason]:
    return list(lake.plan().of(lake.catalog[table]).reasons())


def expected(lake: Lake) -> dict[str, Expected]:
    return {str(one.todo.table.name): one for one in lake.plan().expected()}


def test_nothing_is_to_do_in_a_lake_that_took_in_all_there_is(lake: Lake) -> None:
    assert list(lake.plan()) == []
    assert expected(lake) == {}


def test_a_lake_that_is_not_made_yet_expects_all_files_and_makes_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for(FUNNEL))
    click(lake, DAY, "a")

    assert list(expected(lake)) == [
        BRONZE,
        EVENTS,
        SESSIONS,
        FUNNEL,
        "lake.gold.data_quality_daily",
    ]
    assert not Path(lake.store.root).exists()


def test_a_table_that_is_declared_only_now_is_expected(lake: Lake) -> None:
    shutil.rmtree(lake.store.uri(FUNNEL))

    assert list(expected(lake)) == [FUNNEL]


def test_files_that_came_and_that_were_sent_again_ask_for_their_landing_days(lake: Lake) -> None:
    click(lake, DAY, "a", device="desktop")
    click(lake, NEXT, "b")

    todo = lake.plan().of(lake.catalog[BRONZE])

    assert todo.days == {DAY, NEXT}
    assert [*todo.reasons()] == [
        Reason("the landing zone", "1 new file"),
        Reason("the landing zone", "1 file to be read again"),
    ]


def test_what_is_made_from_a_table_with_news_follows_it(lake: Lake) -> None:
    click(lake, NEXT, "b")

    after = {name: one.after for name, one in expected(lake).items()}

    quality = after.pop(QUALITY)
    assert after == {BRONZE: (), EVENTS: (BRONZE,), SESSIONS: (EVENTS,), FUNNEL: (SESSIONS,)}
    assert quality == (EVENTS,)


def test_an_input_that_changed_is_named_with_the_days_that_it_makes_stale(lake: Lake) -> None:
    click(lake, NEXT, "b")
    lake.take_in(BRONZE)
    lake.take_in(EVENTS)

    todo = lake.plan().of(lake.catalog[SESSIONS])

    assert [*todo.reasons()] == [Reason(EVENTS, "its rows changed")]
    assert NEXT in todo.days


def test_days_asked_to_be_judged_again_say_so(lake: Lake) -> None:
    click(lake, DAY, "b", device="toaster")
    lake.refresh()
    replay(lake.work(), Choice(), EVENTS)

    assert reasons(lake, EVENTS)[0] == Reason(
        "quarantine replay", "quarantined records of 1 day are to be judged again"
    )


@pytest.mark.parametrize("table", [BRONZE, SESSIONS])
def test_a_table_to_be_made_anew_says_so_first(lake: Lake, table: str) -> None:
    forget([lake.catalog[table]], lake.work())

    assert reasons(lake, table)[0] == Reason("rebuild or changed code", "it is to be made anew")


def test_a_table_blocks_what_reads_it_and_that_the_rest(lake: Lake) -> None:
    click(lake, NEXT, "b")
    lake.take_in(BRONZE)
    note = lake.work().note(lake.catalog[BRONZE], changed=False, failed={"keys_are_unique": ()})
    lake.store.mark(BRONZE, note)

    blocking = {name: one.blocking for name, one in expected(lake).items()}

    assert blocking[EVENTS] == {BRONZE: ("keys_are_unique",)}


def test_one_plan_lists_the_landing_zone_once(lake: Lake) -> None:
    plan = lake.plan()
    assert list(plan) == []

    click(lake, NEXT, "b")

    assert list(plan) == []
    assert [str(todo.table.name) for todo in lake.plan()] == [BRONZE]
