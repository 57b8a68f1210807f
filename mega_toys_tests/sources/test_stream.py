"""`mega-toys stream`: batch after batch until a signal comes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from mega_toys.operations.pulling import pull
from mega_toys.orchestration.runs.streaming import Streaming
from mega_toys.sources import messages, partitions
from mega_toys_tests.sources.topics import Stream, no_topics, values

pytestmark = pytest.mark.slow
TABLE = "manufacturing.bronze.machine_telemetry"


def test_a_stream_takes_in_what_comes_and_tells_dagster_when_it_ends(
    kafka: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_topics(kafka, "iot.machine_telemetry")
    stream = Stream(kafka, tmp_path / "x", "iot.machine_telemetry", partitions=1)
    stream.send(values(3))
    home = tmp_path / ".mega_toys"
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("mega-toys")), "stream", "--every", "0.2"],
        env=os.environ | {"MEGA_TOYS_SOURCE_IOT": f"kafka://127.0.0.1:{kafka}"},
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    bronze = home / "lake" / "manufacturing" / "bronze" / "machine_telemetry"
    try:
        _wait_for_rows(bronze, 3)
        stream.send(values([3, 4]))
        _wait_for_rows(bronze, 5)
        began = time.monotonic()
        process.terminate()
        told, _ = process.communicate(timeout=10)
    finally:
        process.kill()
    assert time.monotonic() - began < 10
    assert process.returncode == 128 + signal.SIGTERM
    assert "5 records" in told
    assert "from produce to gold; 0 wait" in told
    assert "Traceback" not in told
    monkeypatch.setenv("DAGSTER_HOME", str(home / "dagster"))
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        events = instance.get_latest_materialization_event(dg.AssetKey(TABLE.split(".")))
        assert events is not None


def _wait_for_rows(table: Path, many: int) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if (table / "_delta_log").exists() and pl.read_delta(str(table)).height >= many:
            return
        time.sleep(0.2)
    raise AssertionError(f"no {many} rows in time")


def test_a_pull_ends_when_it_has_enough_and_says_what_waits(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "AT_ONCE", 100)
    monkeypatch.setattr(messages, "MOST_ROWS", 100)
    stream.send(values(1000))
    (some,) = pull([stream.asked()], most=10)
    assert some.error == ""
    assert 10 <= some.rows < 200  # what was at hand of the next hundred lands with a file
    assert some.rows + some.left == 1000


def test_a_system_that_does_not_answer_is_asked_ever_more_rarely(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "ANSWERS_WITHIN_S", 0.2)
    streaming = Streaming(None, None, [stream.asked("kafka://127.0.0.1:1")], 10)  # type: ignore[arg-type]
    streaming.is_behind = False
    failed, later = streaming.batch(), streaming.batch()
    assert ["cannot be reached" in one.error for one in failed.pulled] == [True]
    assert later.pulled == []
    (table,) = streaming.failures
    streaming.failures[table] = streaming.failures[table][0], 0.0
    streaming.batch()
    assert streaming.failures[table][0] == 2


def test_a_stream_goes_on_once_a_topic_that_was_made_anew_was_begun_anew(stream: Stream) -> None:
    streaming = Streaming(None, None, [stream.asked()], 10)  # type: ignore[arg-type]
    stream.send(values(5))
    stream.pull()
    streaming.is_behind = False
    assert [one.error for one in streaming.batch().pulled] == [""]
    stream.delete()
    stream.create()
    stream.send(values([7]))
    (failed,) = streaming.batch().pulled
    assert "was made anew" in failed.error
    stream.pull(anew=True)
    streaming.failures.clear()
    assert [(one.error, one.rows) for one in streaming.batch().pulled] == [("", 0)]
