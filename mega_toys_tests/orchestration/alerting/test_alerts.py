"""The webhook is told, once each, what begins to be wrong and what ends to be."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from mega_toys.lake.store.holder import STUCK_AFTER_S, Holder
from mega_toys.orchestration.alerting.alerts import alert_sensors, message
from mega_toys.orchestration.runs.jobs import REFRESH
from mega_toys.orchestration.runs.sensors import new_files, stale_tables
from mega_toys_tests.orchestration.alerting.conftest import UI
from mega_toys_tests.orchestration.receiver import Receiver
from mega_toys_tests.orchestration.runs.test_refresh_run import click
from mega_toys_tests.orchestration.toys import TODAY, Toys
from mega_toys_tests.quick import one_quick

EVENTS = "commerce.bronze.web_events"


def look(shop: Toys) -> None:
    """What the sensor does at a tick."""
    (alerts,) = alert_sensors(shop.lakehouse)
    code = shop.defs.get_repository_def()
    alerts(dg.build_sensor_context(instance=shop.instance, repository_def=code))


def land_unread(shop: Toys) -> Path:
    return shop.lake.land("commerce/web_events/2026-03-10/clicks.xlsx", "x")


def named(one: dict[str, Any]) -> tuple[str | None, str | None]:
    return one["table"], one["check"]


def test_without_a_webhook_there_is_no_sensor(shop: Toys) -> None:
    assert alert_sensors(shop.lakehouse) == []


def test_a_failed_check_is_told_with_table_reason_and_link_and_once(
    shop: Toys, receiver: Receiver
) -> None:
    click(shop, "2026-03-10")
    land_unread(shop)
    shop.refresh()
    look(shop)
    click(shop, "2026-03-11")
    shop.refresh()
    look(shop)

    (posted,) = receiver.posted
    (unread,) = (one for one in posted["began"] if one["check"] == "files_are_read")
    (run, *_) = (run.run_id for run in shop.instance.get_runs() if run.run_id in unread["link"])
    assert unread["table"] == EVENTS
    assert unread["link"] == f"{UI}/runs/{run}"
    assert unread["severity"] == "warn"
    assert unread["reason"].startswith("1 found. The first: error has an extension of no format, ")
    assert "path commerce/web_events/2026-03-10/clicks.xlsx" in unread["reason"]
    assert f"warning: {EVENTS}, files_are_read. " in posted["text"]
    assert posted["ended"] == []


@pytest.mark.slow
def test_the_end_of_a_warning_is_told(shop: Toys, receiver: Receiver) -> None:
    click(shop, "2026-03-10")
    shop.lake.land("commerce/web_events/2026-03-10/broken.json", '[{"event_id": ')
    shop.refresh()
    look(shop)
    shop.lake.land("commerce/web_events/2026-03-10/broken.json", "[]")
    shop.refresh()
    look(shop)

    began, ended = receiver.posted
    assert (EVENTS, "files_are_read") in map(named, began["began"])
    assert (EVENTS, "files_are_read") in map(named, ended["ended"])
    assert f"well again: {EVENTS}, files_are_read" in ended["text"]


def broken(*args: object, **kwargs: object) -> None:
    raise OSError("the disk is full")


@pytest.mark.slow
def test_a_table_that_crashes_is_told_with_its_reason_until_it_is_built(
    shop: Toys, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, "2026-03-10")
    with monkeypatch.context() as patched:
        patched.setattr("mega_toys.orchestration.runs.refresh_run.refresh_table", broken)
        shop.refresh()
        look(shop)
    shop.refresh()
    look(shop)

    began, ended = receiver.posted
    (crashed, *_) = (one for one in began["began"] if one["table"] == EVENTS)
    assert "disk is full" in crashed["reason"]
    assert crashed["link"].startswith(f"{UI}/runs/")
    assert EVENTS in [one["table"] for one in ended["ended"]]


def killed_refresh(shop: Toys, why: str = "The process of this run is gone.") -> None:
    job = shop.defs.resolve_job_def(REFRESH)
    run = shop.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    shop.instance.report_run_failed(run, why)


def test_a_run_whose_process_is_gone_is_told_as_that(shop: Toys, receiver: Receiver) -> None:
    killed_refresh(shop)
    look(shop)

    (began,) = receiver.posted
    assert [one["reason"] for one in began["began"]] == ["The process of this run is gone."]


def test_a_run_that_fails_of_something_else_than_the_last_one_is_told(
    shop: Toys, receiver: Receiver
) -> None:
    for why in ("Waited 7 s.", "Waited 11 s. Wait.", "The disk is full."):
        killed_refresh(shop, why)
        look(shop)

    first, second = receiver.posted
    assert [one["reason"] for one in first["began"]] == ["Waited 7 s."]
    assert [one["reason"] for one in second["began"]] == ["The disk is full."]
    assert second["ended"] == []


@pytest.mark.parametrize("by", one_quick(["sensor", "command"]))
def test_a_killed_run_is_well_again_once_a_look_finds_nothing_left(
    by: str, shop: Toys, receiver: Receiver
) -> None:
    shop.refresh()
    killed_refresh(shop)
    look(shop)
    if by == "command":
        shop.refresh()
    else:
        context = dg.build_sensor_context(instance=shop.instance)
        stale_tables(context, lakehouse=shop.lakehouse)
    look(shop)

    began, ended = receiver.posted
    assert [one["what"] for one in (*began["began"], *ended["ended"])] == [f"job {REFRESH}"] * 2


@pytest.mark.slow
def test_what_somebody_materializes_is_told_by_its_checks_and_by_the_refresh_that_tries_again(
    shop: Toys, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, "2026-03-10")
    with monkeypatch.context() as patched:
        patched.setattr("mega_toys.orchestration.assets.tables.refresh_table", broken)
        assert not shop.materialize(EVENTS, **{"dagster/partition": f"{TODAY}"}).success
    shop.refresh()
    look(shop)

    assert receiver.posted == []


def test_what_could_not_be_told_is_told_later_also_if_it_ended_meanwhile(
    shop: Toys, receiver: Receiver
) -> None:
    receiver.answers += [500, 503]
    shop.lake.landing.rmdir()
    with pytest.raises(Exception, match="HTTP 500"):
        look(shop)
    shop.lake.landing.mkdir()
    with pytest.raises(Exception, match="HTTP 503"):
        look(shop)
    assert receiver.posted == []

    look(shop)
    look(shop)

    began, ended = receiver.posted
    assert [one["what"] for one in began["began"]] == ["landing zone"]
    assert [one["what"] for one in ended["ended"]] == ["landing zone"]
    assert began["began"][0]["link"] == f"{UI}/assets/lake/landing_zone?view=checks"


def test_a_landing_zone_that_is_not_there_is_a_failed_check_until_it_is(shop: Toys) -> None:
    key = dg.AssetCheckKey(dg.AssetKey(["lake", "landing_zone"]), "landing_zone_is_there")

    def tick() -> list[bool]:
        context = dg.build_sensor_context(
            instance=shop.instance, resources={"lakehouse": shop.lakehouse}
        )
        result = new_files(context)
        events = result.asset_events if isinstance(result, dg.SensorResult) else []
        for event in events:
            shop.instance.report_runless_asset_event(event)
        assert {event.asset_check_key for event in events} <= {key}
        return [event.passed for event in events]

    assert tick() == []
    shop.lake.landing.rmdir()
    assert (tick(), tick()) == ([False], [])
    shop.lake.landing.mkdir()
    assert (tick(), tick()) == ([True], [])


def test_a_writer_that_is_stuck_is_told_once(
    shop: Toys, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in (None, Holder(7, 1), Holder(7, STUCK_AFTER_S + 1), Holder(7, STUCK_AFTER_S + 300)):
        monkeypatch.setattr(
            "mega_toys.orchestration.alerting.wrong.holder", lambda root, who=who: who
        )
        look(shop)

    (posted,) = receiver.posted
    assert "process 7 holds the lake" in posted["text"]


def test_a_message_of_very_many_things_is_bounded() -> None:
    one = {"what": "check", "table": "a.b.c", "check": "d", "severity": "warn", "reason": "r",
           "link": None}  # fmt: skip

    posted = message([one] * 500, [])

    assert len(posted["began"]) == len(posted["text"].splitlines()) - 1 == 50
    assert "450 more" in posted["text"]
