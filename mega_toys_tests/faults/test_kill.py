"""Real processes are killed; nothing is lost, counted twice or seen half done."""

from pathlib import Path

import pytest

from mega_toys.faults.home import Home
from mega_toys.faults.kill import killed
from mega_toys.faults.seen import seen, wrong_between
from mega_toys.lake.store.step import STEPS
from mega_toys_tests.lakes import DECLARED, Lake, needed_for

NOT_OF_A_STAGE = ("decisions.", "forget.", "pull.")  # other tests do these
SILVER, QUARANTINE = "commerce.silver.web_events", "commerce.quarantine.web_events"


@pytest.mark.slow
def test_kills_leave_no_difference(tmp_path: Path) -> None:
    report = killed(tmp_path, DECLARED, 8, 1, lambda text: None)

    assert [one for one in report.kills if one.between or one.error or one.different] == []
    assert sum(one.died_after is not None for one in report.kills) >= 6
    assert report.passed == {step for step in STEPS if not step.startswith(NOT_OF_A_STAGE)}


def test_a_day_of_silver_before_its_account_or_half_a_day_is_seen() -> None:
    day = ("2026-03-10",)
    before = {SILVER: {day: (1, 1)}, QUARANTINE: {day: (1, 1)}, "lake.row_accounts": {}}
    account = {(SILVER, *day): (1, 7)}
    after = {SILVER: {day: (2, 2)}, QUARANTINE: {day: (1, 1)}, "lake.row_accounts": account}
    catalog = needed_for(SILVER)

    assert wrong_between(before, after, after, catalog) == []
    assert wrong_between(before, before | {"lake.row_accounts": account}, after, catalog) == []
    (early,) = wrong_between(before, before | {SILVER: {day: (2, 2)}}, after, catalog)
    assert "before lake.row_accounts" in early
    half = wrong_between(before, after | {SILVER: {day: (1, 9)}}, after, catalog)
    assert any("neither" in one for one in half)
    assert any("gone" in one for one in wrong_between(before, after | {SILVER: {}}, after, catalog))


def test_a_table_that_is_made_and_empty_is_seen_as_one_that_is_not_there(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for("commerce.silver.products"))
    lake.refresh()

    found = seen(Home(tmp_path, lake.landing), lake.catalog)

    assert {name: parts for name, parts in found.items() if parts} == {}
