"""Why a table or a day is as it is: each cause is planted, and named with what did it."""

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mega_toys.declared.errors import LakeError, UnknownTableError
from mega_toys.lake.checks.run import declared
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.store import Store
from mega_toys.operations.why.asked import why_of
from mega_toys.operations.why.changed import Changes
from mega_toys_tests.lakes import Lake, copy_of, needed_for
from mega_toys_tests.operations.test_plan import EVENTS, FUNNEL, SESSIONS, click

BRONZE = "commerce.bronze.web_events"
DAY = dt.date(2026, 3, 10)
WEEKS = [DAY - dt.timedelta(days=7 * week) for week in range(4, -1, -1)]
HOURS = dt.timedelta(hours=24)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Four weeks of six events, and a day with one."""
    made = Lake(tmp_path_factory.mktemp("begun"), needed_for(FUNNEL))
    for day in WEEKS:
        for at in range(6 if day < DAY else 1):
            click(made, day, f"{day}-{at}", client_id=f"c{at}")
    made.refresh()
    return made


@pytest.fixture
def lake(begun: Lake, tmp_path: Path) -> Lake:
    made = copy_of(begun, tmp_path / "lake")
    made.refresh()  # its files are others
    return made


def said(
    lake: Lake, table: str, day: dt.date | None = None, within: dt.timedelta = HOURS
) -> list[str]:
    return [line for one in why_of(table, lake.plan(), day, within) for line in one.lines()]


def test_a_table_of_which_nothing_is_to_be_said_is_well(lake: Lake) -> None:
    well = f"{FUNNEL} is up to date and on time, and its checks pass."
    assert said(lake, FUNNEL, within=dt.timedelta()) == [
        well,
        f"Nothing changed {FUNNEL} within 0 h.",
    ]


def test_a_table_that_other_code_built_says_so(lake: Lake) -> None:
    state = lake.store.state(FUNNEL)
    assert state
    lake.store.mark(FUNNEL, replace(state, code="older", changed=False))

    told = f"{FUNNEL} was built by older code: `mega-toys refresh --changed-code` makes it anew."
    assert said(lake, FUNNEL)[0] == told


def test_news_are_told_down_to_the_file_that_waits(lake: Lake) -> None:
    click(lake, DAY, "late")
    assert said(lake, FUNNEL)[:6] == [
        f"{FUNNEL} will be stale once {SESSIONS} is refreshed.",
        f"  {SESSIONS} will be stale once {EVENTS} is refreshed.",
        f"    {EVENTS} will be stale once {BRONZE} is refreshed.",
        f"      {BRONZE} has files that are not loaded: 1 day, {DAY}.",
        "        the landing zone: 1 new file.",
        f"        commerce/web_events/{DAY}/late.ndjson",
    ]


def test_a_stale_day_is_told_with_the_input_that_changed(lake: Lake) -> None:
    click(lake, DAY, "late")
    for table in (BRONZE, EVENTS, SESSIONS):
        lake.take_in(table)
    told = said(lake, FUNNEL, DAY)
    at = told.index(f"{FUNNEL} is stale: 1 day, {DAY}.")
    assert told[at + 1] == f"  {SESSIONS}: its rows changed."
    assert not any("is stale" in line for line in said(lake, FUNNEL, WEEKS[0]))


def test_a_table_that_is_not_there_says_so(lake: Lake) -> None:
    shutil.rmtree(Path(lake.store.root) / "commerce" / "bronze" / "web_events")
    lake.store = type(lake.store)(lake.store.root)
    with pytest.raises(LakeError, match="not in the lake"):
        said(lake, BRONZE)


def test_a_blocked_table_names_the_input_its_check_and_the_days(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = lake.store.state(SESSIONS)
    assert state is not None
    (name, *_) = [one.name for one in declared(lake.catalog[SESSIONS]) if one.blocks]
    failing = replace(state, failed={name: ((DAY, DAY),)})
    real = type(lake.store).state
    monkeypatch.setattr(type(lake.store), "state",
        lambda self, table: failing if str(table) == SESSIONS else real(self, table))  # fmt: skip
    check = f"{SESSIONS} fails the blocking check {name} on {DAY}"
    assert f"{check}: what reads it waits." in said(lake, SESSIONS)
    told = said(lake, FUNNEL)
    assert told[:2] == [f"{FUNNEL} is blocked by {SESSIONS}.", f"  {check}: what reads it waits."]


def test_a_table_that_takes_in_nothing_for_long_is_late_with_its_inputs(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Work.now(lake.work()) + dt.timedelta(days=3)
    monkeypatch.setattr(Work, "now", lambda self: later)
    told = said(lake, FUNNEL)
    assert told[0].startswith(f"{FUNNEL} is late: it last took in something at ")
    assert [line.split(" is late")[0].strip() for line in told[:4]] == [
        FUNNEL, SESSIONS, EVENTS, BRONZE,
    ]  # fmt: skip


def test_a_small_day_is_told_with_the_input_and_the_group_of_files_that_lack(lake: Lake) -> None:
    told = said(lake, SESSIONS, DAY)
    assert told[:3] == [
        f"{SESSIONS} has 1 row on {DAY}, fewer than usual on its weekday (median 6).",
        f"  {EVENTS} has 1 row on {DAY}, fewer than usual on its weekday (median 6).",
        "    files .ndjson brought 1 record of that day, usually 6.",
    ]
    assert "fewer" not in "".join(said(lake, SESSIONS, WEEKS[3]))


def test_rejected_records_are_told_by_rule_and_file(lake: Lake) -> None:
    click(lake, DAY, "bad", device="toaster")
    lake.refresh()
    told = said(lake, EVENTS, DAY)
    account = "Of 2 records received 1 were accepted, 0 were duplicates, 1 are quarantined."
    at = told.index(account)
    assert told[at + 1 : at + 3] == [
        "  device_is_valid is broken by 1 record.",
        f"    commerce/web_events/{DAY}/bad.ndjson: 1",
    ]


def test_what_changed_a_day_is_told_by_the_files_of_that_day_alone(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Work.now(lake.work()) + dt.timedelta(hours=1)
    click(lake, DAY, "late")
    click(lake, WEEKS[0], "other")
    lake.refresh()
    monkeypatch.setattr(Work, "now", lambda self: later)
    told = said(lake, FUNNEL, DAY)
    assert any(line.startswith(f"{FUNNEL} changed on {DAY}, ") for line in told)
    assert any(f"web_events/{DAY}/late.ndjson (loaded, 1 row)" in line for line in told)
    assert not any("other.ndjson" in line for line in told)
    assert f"Nothing changed {FUNNEL} on {WEEKS[2]} within 24 h." not in told


def test_what_changed_each_of_all_tables_reads_the_log_of_each_once(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, made_since = [], Store.made_since
    monkeypatch.setattr(
        Store, "made_since", lambda self, name, at: asked.append(name) or made_since(self, name, at)
    )
    changes = Changes(lake.work(), Work.now(lake.work()) - HOURS)

    told = {str(table.name): changes.of(table) for table in lake.catalog}

    assert told[FUNNEL]
    assert sorted(asked) == sorted(table.name for table in lake.catalog)


def test_a_day_that_is_not_over_is_never_small(lake: Lake) -> None:
    today = Work.now(lake.work()).date()
    for day, how in ((today, "is not over"), (today + dt.timedelta(days=30), "has not begun")):
        assert said(lake, FUNNEL, day)[0] == f"{FUNNEL} has 0 rows on {day}, which {how} (UTC)."


def test_what_cannot_be_asked_is_told_with_the_way_out(lake: Lake) -> None:
    with pytest.raises(UnknownTableError):
        said(lake, "commerce.gold.none")
    with pytest.raises(LakeError, match="of no day"):
        said(lake, BRONZE, DAY)
