import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pydantic import SecretStr

from mega_toys.lake.lock import STUCK_AFTER_S, Holder
from mega_toys.orchestration.alerts import alert_sensors, tell
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.test_refresh import click
from mega_toys_tests.orchestration.toys import Toys, toys


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, needed_for("commerce.silver.web_events")) as made:
        yield made


@pytest.fixture
def told() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A webhook, and what was posted to it."""
    posted: list[dict[str, Any]] = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Not on the terminal of the tests."""

    server = HTTPServer(("127.0.0.1", 0), Webhook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/secret", posted
    server.shutdown()
    thread.join()
    server.server_close()


def set_webhook(shop: Toys, address: str) -> None:
    settings = shop.lakehouse.settings
    shop.lakehouse.settings = settings.model_copy(update={"alert_webhook": SecretStr(address)})


def end_of_run(shop: Toys, webhook: str, status: dg.DagsterRunStatus) -> None:
    """Let the sensor of that status see the newest run."""
    set_webhook(shop, webhook)
    names = {"FAILURE": "alert_of_failed_runs", "SUCCESS": "alert_of_failed_checks"}
    sensors = {sensor.name: sensor for sensor in alert_sensors(shop.lakehouse)}
    run = shop.instance.get_runs(limit=1)[0]
    assert run.status is status
    event = shop.instance.all_logs(run.run_id)[-1].dagster_event
    assert event is not None
    sensor = sensors[names[status.value]]
    context = dg.build_run_status_sensor_context(sensor.name, event, shop.instance, run)
    sensor(context)


def test_a_check_that_fails_in_a_run_that_went_well_is_told(
    shop: Toys, told: tuple[str, list[dict[str, Any]]]
) -> None:
    click(shop, "2026-03-10")
    shop.lake.land("commerce/web_events/2026-03-10/clicks.xlsx", "x")
    shop.refresh()

    end_of_run(shop, told[0], dg.DagsterRunStatus.SUCCESS)

    (message,) = told[1]
    unread = {"table": "commerce.bronze.web_events", "check": "files_are_read"}
    assert unread | {"severity": "warn", "found": 1} in message["failed_checks"]
    assert (message["job"], message["error"]) == ("refresh", None)


def test_a_failed_run_is_told_with_its_error(
    shop: Toys, told: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise OSError("the disk is full")

    click(shop, "2026-03-10")
    monkeypatch.setattr("mega_toys.orchestration.refresh.prepare", broken)
    monkeypatch.setattr("mega_toys.orchestration.local.something_to_do", lambda *_: True)
    with pytest.raises(Exception, match="disk is full"):
        shop.refresh()

    end_of_run(shop, told[0], dg.DagsterRunStatus.FAILURE)

    (message,) = told[1]
    assert message["job"] == "refresh"
    assert "refresh" in message["error"]


def test_an_alert_that_cannot_be_sent_does_not_name_the_address() -> None:
    with pytest.raises(RuntimeError) as error:
        tell("http://127.0.0.1:1/secret", {})

    assert "secret" not in str(error.value)


def test_alerts_are_off_until_a_webhook_is_set(shop: Toys) -> None:
    stopped = [sensor.default_status.value for sensor in alert_sensors(shop.lakehouse)]
    set_webhook(shop, "http://127.0.0.1:1")
    running = [sensor.default_status.value for sensor in alert_sensors(shop.lakehouse)]

    assert stopped == ["STOPPED"] * 3
    assert running == ["RUNNING"] * 3


def test_a_writer_that_is_stuck_is_told_once(
    shop: Toys, told: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_webhook(shop, told[0])
    (sensor,) = [s for s in alert_sensors(shop.lakehouse) if s.name == "alert_of_stuck_writer"]
    context = dg.build_sensor_context(instance=shop.instance)

    def look(who: Holder | None) -> None:
        monkeypatch.setattr("mega_toys.orchestration.alerts.holder", lambda root: who)
        sensor(context)

    for who in (None, Holder(7, 1), Holder(7, STUCK_AFTER_S + 1), Holder(7, STUCK_AFTER_S + 300)):
        look(who)
    assert [message["error"][:26] for message in told[1]] == ["process 7 holds the lake, "]

    for who in (Holder(7, 1), Holder(7, STUCK_AFTER_S + 1)):
        look(who)
    assert len(told[1]) == 2
