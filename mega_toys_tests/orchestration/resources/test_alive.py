import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import EngineEventData

from mega_toys.orchestration.resources.alive import end_dead_runs

RUN = """
import sys, time, dagster as dg
from mega_toys.orchestration.resources.alive import alive

@dg.op
def waits(context: dg.OpExecutionContext):
    with alive(context):
        print(context.run.run_id, flush=True)
        time.sleep(60)

@dg.job
def job():
    waits()

if __name__ == "__main__":
    with dg.DagsterInstance.local_temp(sys.argv[1]) as instance:
        job.execute_in_process(instance=instance)
"""


@pytest.mark.slow
def test_a_run_whose_process_was_killed_is_shown_as_failed_and_a_living_one_is_not(
    tmp_path: Path,
) -> None:
    program = tmp_path / "run.py"
    program.write_text(RUN)
    home = tmp_path / "home"
    home.mkdir()
    process = subprocess.Popen(
        [sys.executable, str(program), str(home)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    run_id = process.stdout.readline().strip()
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        _age(home)
        assert end_dead_runs(instance) == []

        process.send_signal(signal.SIGKILL)
        process.communicate()
        _age(home)

        assert end_dead_runs(instance) == [run_id]
        run = instance.get_run_by_id(run_id)
        assert run is not None
        assert run.status is dg.DagsterRunStatus.FAILURE
        assert end_dead_runs(instance) == []


@dg.job
def nothing() -> None:
    """A job of no steps."""


@pytest.mark.parametrize("status", ["STARTING", "STARTED"])
def test_a_run_that_was_killed_before_it_held_its_lock_is_shown_as_failed(
    status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        killed, living = (
            instance.create_run_for_job(nothing, status=dg.DagsterRunStatus(status))
            for _ in range(2)
        )
        for run, process in ((killed, ended.pid), (living, os.getpid())):
            told = EngineEventData.in_process(process)
            instance.report_engine_event("Started process for run.", run, told)
        assert end_dead_runs(instance) == []  # one may be about to take its lock

        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 60)

        assert end_dead_runs(instance) == [killed.run_id]
        run_shown = instance.get_run_by_id(killed.run_id)
        assert run_shown is not None
        assert run_shown.status is dg.DagsterRunStatus.FAILURE


def _age(home: Path) -> None:
    for path in (home / "alive").iterdir():
        os.utime(path, (time.time() - 60, time.time() - 60))
