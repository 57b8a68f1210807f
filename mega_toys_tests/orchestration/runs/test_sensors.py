import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from mega_toys import definitions
from mega_toys.ingestion import landing, unchanged
from mega_toys.ingestion.loading import arrivals
from mega_toys.orchestration.resources import loaded_code
from mega_toys.orchestration.runs.jobs import REFRESH
from mega_toys.orchestration.runs.sensors import new_files, stale_tables
from mega_toys_tests.lakes import DECLARED, needed_for
from mega_toys_tests.orchestration.runs.test_refresh_run import click
from mega_toys_tests.orchestration.toys import TODAY, Toys, toys


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, needed_for("commerce.silver.sessions")) as made:
        yield made


def tick(sensor: dg.SensorDefinition, shop: Toys) -> dg.RunRequest | dg.SkipReason:
    context = dg.build_sensor_context(
        instance=shop.instance, resources={"lakehouse": shop.lakehouse}
    )
    answer = sensor(context)
    if isinstance(answer, dg.SensorResult):  # with what the check of the landing zone found
        answer = answer.skip_reason
    assert isinstance(answer, dg.RunRequest | dg.SkipReason)
    return answer


def test_a_new_file_asks_for_one_refresh_and_then_for_none(shop: Toys) -> None:
    assert isinstance(tick(new_files, shop), dg.SkipReason)
    click(shop, "2026-03-10")

    assert isinstance(tick(new_files, shop), dg.RunRequest)
    shop.refresh()

    assert isinstance(tick(new_files, shop), dg.SkipReason)
    assert isinstance(tick(stale_tables, shop), dg.SkipReason)


@pytest.mark.slow
def test_a_file_that_was_sent_again_with_an_old_date_is_seen(shop: Toys) -> None:
    click(shop, "2026-03-10")
    shop.refresh()
    path = shop.lake.landing / "commerce/web_events/2026-03-10/a.ndjson"
    before = path.stat()
    path.write_text(path.read_text().replace("mobile", "tablet"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert isinstance(tick(new_files, shop), dg.RunRequest)


def test_nothing_is_asked_for_while_a_refresh_is_under_way(shop: Toys) -> None:
    click(shop, "2026-03-10")
    dg_run = shop.instance.create_run_for_job(
        shop.defs.resolve_job_def(REFRESH), status=dg.DagsterRunStatus.STARTED
    )

    answer = tick(new_files, shop)

    assert isinstance(answer, dg.SkipReason)
    assert "under way" in str(answer.skip_message)
    shop.instance.report_run_canceled(dg_run)
    assert isinstance(tick(new_files, shop), dg.RunRequest)


def test_a_run_that_was_launched_and_never_began_keeps_no_refresh_from_being_asked_for(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = shop.defs.resolve_job_def(REFRESH)
    run = shop.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTING)
    click(shop, "2026-03-10")
    tick(stale_tables, shop)
    assert isinstance(tick(new_files, shop), dg.SkipReason)  # it may begin yet

    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    tick(stale_tables, shop)

    ended = shop.instance.get_run_by_id(run.run_id)
    assert ended
    assert ended.status is dg.DagsterRunStatus.FAILURE
    assert isinstance(tick(new_files, shop), dg.RunRequest)


def fail(shop: Toys, times: int = 1) -> None:
    """Refreshes that fail, one after the other."""
    for _ in range(times):
        run = shop.instance.create_run_for_job(
            shop.defs.resolve_job_def(REFRESH), status=dg.DagsterRunStatus.STARTED
        )
        shop.instance.report_run_failed(run)


@pytest.mark.parametrize("times", [1, 9])
def test_a_failed_refresh_is_asked_for_again_after_ten_minutes_at_most(
    shop: Toys, times: int
) -> None:
    click(shop, "2026-03-10")
    fail(shop, times)

    answer = tick(new_files, shop)

    assert isinstance(answer, dg.SkipReason)
    told = str(answer.skip_message)
    assert re.match(f"The refresh failed {times} times? in a row, the last ", told)
    (wait,) = re.findall(r"the next is asked for in ([0-9]+) s", told)
    assert int(wait) in range(55, 61) if times == 1 else range(595, 601)


def test_what_is_delivered_after_a_failure_waits_for_nothing(shop: Toys) -> None:
    click(shop, "2026-03-10")
    fail(shop, 5)
    assert isinstance(tick(new_files, shop), dg.SkipReason)

    click(shop, "2026-03-10", name="more")

    assert isinstance(tick(new_files, shop), dg.RunRequest)
    fail(shop)
    assert isinstance(tick(new_files, shop), dg.SkipReason)


def test_code_that_was_loaded_after_a_failure_is_tried_at_once(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, "2026-03-10")
    fail(shop, 5)

    monkeypatch.setattr("mega_toys.orchestration.runs.sensors.LOADED_AT", time.time())

    assert isinstance(tick(new_files, shop), dg.RunRequest)


@pytest.mark.slow
def test_a_lake_that_was_mended_after_a_failure_is_refreshed_at_once(shop: Toys) -> None:
    click(shop, "2026-03-10")
    shop.materialize("commerce.bronze.web_events", **{"dagster/partition": f"{TODAY}"})
    fail(shop, 5)
    assert isinstance(tick(stale_tables, shop), dg.SkipReason)

    shop.materialize("commerce.silver.web_events", **{"dagster/partition": f"{TODAY}"})

    assert isinstance(tick(stale_tables, shop), dg.RunRequest)


def test_a_table_left_stale_by_a_killed_run_is_asked_for(shop: Toys) -> None:
    click(shop, "2026-03-10")
    shop.materialize("commerce.bronze.web_events", **{"dagster/partition": f"{TODAY}"})

    assert isinstance(tick(new_files, shop), dg.SkipReason)
    assert isinstance(tick(stale_tables, shop), dg.RunRequest)


@pytest.mark.slow
def test_the_job_refresh_does_what_the_command_does(shop: Toys) -> None:
    click(shop, "2026-03-10")
    home = shop.lake.folder / "home"
    home.mkdir()
    environment = os.environ | {
        "DAGSTER_HOME": str(home),
        "MEGA_TOYS_LANDING_ROOT": str(shop.lake.landing),
        "MEGA_TOYS_LAKE_ROOT": shop.lake.store.root,
        "MEGA_TOYS_FIRST_DAY": f"{TODAY}",
    }
    dagster = str(Path(sys.executable).with_name("dagster"))
    command = [dagster, "job", "execute", "-m", "mega_toys.definitions", "-j", REFRESH]

    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stderr[-2000:]
    assert shop.lake.rows("commerce.silver.sessions").height == 1


def test_every_table_is_a_target_of_both_sensors_so_that_its_page_names_them() -> None:
    job = definitions.defs.resolve_job_def("materialize_every_table")

    targets = {tuple(key.path) for key in job.asset_layer.executable_asset_keys}
    assert targets == {*(table.name for table in DECLARED), ("lake", "warehouse")}
    for sensor in (new_files, stale_tables):
        assert job.name in {target.job_name for target in sensor.targets}


@pytest.mark.parametrize("sensor", [new_files, stale_tables])
def test_a_landing_zone_that_is_not_there_is_skipped_with_that_reason(
    shop: Toys, sensor: dg.SensorDefinition
) -> None:
    shop.lake.landing.rmdir()

    answer = tick(sensor, shop)

    assert isinstance(answer, dg.SkipReason)
    assert f"{shop.lake.landing} is not there" in str(answer.skip_message)


@pytest.mark.slow
def test_a_look_without_news_is_not_taken_again_until_something_changes(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, "2026-03-10")
    shop.refresh()
    tick(new_files, shop)
    listed: list[str] = []
    real = landing.files
    monkeypatch.setattr(
        landing, "files", lambda root, below, since: listed.append(below) or real(root, below)
    )

    assert isinstance(tick(new_files, shop), dg.SkipReason)
    assert isinstance(tick(stale_tables, shop), dg.SkipReason)
    later = time.time() + 601
    monkeypatch.setattr(unchanged.time, "time", lambda: later)
    assert isinstance(tick(new_files, shop), dg.SkipReason)
    assert listed == []

    click(shop, "2026-03-11")
    assert isinstance(tick(new_files, shop), dg.RunRequest)
    assert listed


def test_what_only_older_code_would_do_is_not_asked_for_again_and_again(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.lake.land("commerce/web_events/2026-03-10/a.parquet", "not that")
    shop.refresh()
    monkeypatch.setattr(arrivals, "read_by", lambda *_, **__: "older code")  # reads it anew
    assert isinstance(tick(new_files, shop), dg.RunRequest)

    monkeypatch.setattr(loaded_code, "_LOADED", {})  # the code on disk is another
    answer = tick(new_files, shop)

    assert isinstance(answer, dg.SkipReason)
    assert "Reload definitions" in str(answer.skip_message)
    assert "nothing to do of commerce.bronze.web_events." in str(answer.skip_message)
    click(shop, "2026-03-10")
    assert isinstance(tick(new_files, shop), dg.RunRequest)
