import datetime as dt
from pathlib import Path

import pytest

from mega_toys.declared.days import EVER
from mega_toys.declared.table import Bronze, Events
from mega_toys.lake.store import small_files
from mega_toys.operations.maintenance import maintain
from mega_toys.operations.problems import findings_that_stop_nothing
from mega_toys.operations.rebuild import rebuild
from mega_toys.operations.status import Status, statuses
from mega_toys_tests.lakes import Lake, copy_of, needed_for

EVENTS, FUNNEL = "commerce.silver.web_events", "commerce.gold.funnel_daily"
EVENT = {"client_id": "c1", "event_name": "page_view", "device": "mobile"}


def click(lake: Lake, day: str, name: str, **told: str) -> None:
    sent = {"event_id": name, "ts": f"{day}T12:00:00Z"} | EVENT | told
    lake.send(f"commerce/web_events/{day}/{name}.ndjson", sent)


def standing(lake: Lake, table: str = EVENTS) -> Status:
    return {one.table: one for one in statuses(lake.plan())}[table]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(tmp_path_factory.mktemp("begun"), needed_for(FUNNEL))
    click(made, "2026-03-10", "a")
    made.refresh()
    return made


@pytest.fixture
def lake(begun: Lake, tmp_path: Path) -> Lake:
    return copy_of(begun, tmp_path)


def test_a_table_that_took_in_all_news_is_up_to_date(lake: Lake) -> None:
    assert all(one.up_to_date for one in statuses(lake.plan()))
    assert standing(lake, FUNNEL).newest_closed == dt.date(2026, 3, 10)


def test_a_table_whose_input_moved_on_has_news_and_stale_days(lake: Lake) -> None:
    click(lake, "2026-03-11", "b")
    for table in lake.catalog:
        if isinstance(table, (Bronze, Events)):
            lake.take_in(str(table.name))

    assert not standing(lake).has_news
    assert standing(lake, "commerce.silver.sessions").has_news
    assert standing(lake, "commerce.silver.sessions").stale > 0


@pytest.mark.slow
def test_a_check_that_warned_is_told_until_its_day_is_mended(lake: Lake) -> None:
    click(lake, "2026-03-10", "bad", device="tv")
    lake.refresh()

    assert "rules_hold" in standing(lake).warned
    assert not standing(lake).failed
    lake.refresh()
    assert "rules_hold" in standing(lake).warned

    click(lake, "2026-03-20", "good")
    lake.refresh()
    assert "rules_hold" in standing(lake).warned

    click(lake, "2026-03-10", "bad")
    lake.refresh()
    assert standing(lake).warned == ()


def told(lake: Lake) -> list[tuple[str, str]]:
    return [(one.kind, one.told) for one in findings_that_stop_nothing(lake.work())]


@pytest.mark.slow
def test_a_finding_that_stops_nothing_is_called_as_the_refresh_called_it(lake: Lake) -> None:
    click(lake, "2026-03-10", "bad", device="tv")  # one of two
    checks = {one.name: one for one in lake.refresh()[EVENTS].checks}
    assert (checks["rules_hold"].severity, checks["rules_hold"].blocks) == ("error", False)
    grave = [("failed", f"{EVENTS}: rules_hold")]
    assert told(lake) == grave

    click(lake, "2026-03-11", "elsewhere")
    lake.refresh()
    rebuild([lake.catalog[EVENTS]], lake.work(), lake.zone, swap=True, say=lambda text: None)
    assert told(lake) == grave

    for at in range(8):
        click(lake, "2026-03-10", f"more{at}")  # one of ten
    lake.refresh()
    assert told(lake) == [("warning", f"{EVENTS}: rules_hold")]


def test_a_warning_of_bronze_is_told(lake: Lake) -> None:
    click(lake, "2026-03-10", "more", unknown="field")
    lake.refresh()

    bronze = ("warning", "commerce.bronze.web_events: fields_are_known")
    assert told(lake) == [bronze]

    lake.land("commerce/web_event/2026-03-10/a.ndjson", "{}")
    lake.refresh()
    ignored = "1 file of no dataset, such as commerce/web_event/2026-03-10/a.ndjson"
    assert told(lake) == [bronze, ("warning", f"landing zone: {ignored}")]


def test_quarantined_records_are_open_until_somebody_deals_with_them(lake: Lake) -> None:
    click(lake, "2026-03-10", "bad", device="tv")
    lake.refresh()

    assert (standing(lake).quarantined, standing(lake).open) == (1, 1)


def test_a_check_that_is_declared_no_longer_does_not_fail(lake: Lake) -> None:
    name = lake.catalog[EVENTS].name
    gone = {"of_older_code": (EVER,)}
    lake.store.mark(name, lake.work().note(lake.catalog[EVENTS], failed=gone, warned=gone))

    assert standing(lake).up_to_date
    assert standing(lake).warned == ()


def test_a_blocking_check_that_failed_is_named(lake: Lake) -> None:
    name = lake.catalog[EVENTS].name
    lake.store.mark(
        name, lake.work().note(lake.catalog[EVENTS], failed={"keys_are_unique": (EVER,)})
    )

    assert standing(lake).failed == ("keys_are_unique",)
    assert not standing(lake).up_to_date


def test_a_table_built_by_older_code_is_told(lake: Lake) -> None:
    name = lake.catalog[EVENTS].name
    lake.store.mark(name, lake.work().note(lake.catalog[EVENTS], code="older"))

    assert standing(lake).older_code


def test_a_table_is_fresh_for_as_long_as_its_contract_promises(lake: Lake) -> None:
    taken_in_at = standing(lake).taken_in_at

    assert taken_in_at
    assert standing(lake).fresh_until == taken_in_at + dt.timedelta(hours=2)


@pytest.mark.slow
def test_maintenance_takes_in_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small_files, "_MANY", 100)  # files, that an append leaves alone
    bronze = "commerce.bronze.web_events"
    for at in range(9):
        click(lake, "2026-03-10", f"more{at}")
        lake.refresh()
    before = lake.store.taken_in_at(bronze)

    assert any(line.startswith(f"{bronze}: ") for line in maintain(lake.work(), lake.zone))

    assert lake.store.taken_in_at(bronze) == before
