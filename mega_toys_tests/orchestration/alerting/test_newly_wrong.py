"""Of what is wrong already, what is newly wrong is told, once."""

from pathlib import Path

import pytest

from mega_toys_tests.orchestration.alerting.test_alerts import EVENTS, look, named
from mega_toys_tests.orchestration.receiver import Receiver
from mega_toys_tests.orchestration.runs.test_refresh_run import click
from mega_toys_tests.orchestration.toys import Toys

SILVER = "commerce.silver.web_events"


@pytest.mark.slow
def test_of_a_check_that_fails_already_each_further_file_and_day_is_told_once(
    shop: Toys, receiver: Receiver
) -> None:
    day = "commerce/web_events/2026-03-"
    for number in (10, 10, 11, 11):
        shop.lake.land(f"{day}{number}/{len(list(shop.lake.landing.rglob('*.*')))}.xlsx", "x")
        shop.lake.land(f"{day}{number}/wrong.ndjson", '{"event_id": "e", "page": 1}')
        shop.refresh()
        look(shop)

    first, *further = receiver.posted
    told = [[(one["check"], one["reason"]) for one in posted["began"]] for posted in further]
    assert {check for _, check in map(named, first["began"])} >= {"files_are_read", "rules_hold"}
    assert [[check for check, _ in one] for one in told] == [
        ["files_are_read"], ["files_are_read", "rules_hold"], ["files_are_read"],
    ]  # fmt: skip
    assert told[0][0][1].startswith(f"Also {day}10/2.xlsx (error has an extension of no format, ")
    assert told[1][1][1].startswith("Also 2026-03-11.")
    assert all(posted["ended"] == [] for posted in receiver.posted)
    assert f"warning: {EVENTS}, files_are_read. Also {day}10/2.xlsx (" in further[0]["text"]


@pytest.mark.slow
def test_each_further_table_that_lacks_data_files_is_told_once(
    shop: Toys, receiver: Receiver
) -> None:
    click(shop, "2026-03-10")
    shop.refresh()
    look(shop)
    receiver.posted.clear()
    for name in (SILVER, SILVER, EVENTS):
        for path in Path(shop.lake.store.uri(name)).rglob("part-*.parquet"):
            path.unlink()
        shop.refresh()
        look(shop)

    assert [[one["table"] for one in posted["began"]] for posted in receiver.posted] == [
        [SILVER], [EVENTS],
    ]  # fmt: skip
    assert all(posted["ended"] == [] for posted in receiver.posted)
