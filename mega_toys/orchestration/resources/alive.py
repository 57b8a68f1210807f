"""Runs that died: a run holds a file lock as long as its process lives, and the kernel frees it."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from filelock import FileLock, Timeout

NOTHING_LEFT = "mega_toys/nothing_left"  # tag of a run that failed: all was done in another way
_BEGINS_WITHIN_S = 600  # a run that was launched, however busy the machine is
_SETTLED_S = 30  # a run takes its lock a moment after it has made the file
_LAUNCHED = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING]
_BEGUN = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_GONE = "The process of this run is gone."


def _locks(instance: dg.DagsterInstance) -> Path:
    folder = Path(instance.root_directory) / "alive"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def alive(context: dg.OpExecutionContext | dg.AssetExecutionContext) -> Iterator[None]:
    """Hold the run's lock; `end_dead_runs` finds out when it is free."""
    path = _locks(context.instance) / context.run.run_id
    with FileLock(path):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark the runs as failed whose process is gone; their ids."""
    dead = []
    for run, why in _without_lock(instance):
        instance.report_run_failed(run, why)
        dead.append(run.run_id)
    for path in _locks(instance).iterdir():
        if time.time() - path.stat().st_mtime < _SETTLED_S:
            continue
        try:
            with FileLock(path, timeout=0):
                held = instance.get_run_by_id(path.name)
                if held and not held.is_finished:
                    instance.report_run_failed(held, _GONE)
                    dead.append(held.run_id)
                path.unlink(missing_ok=True)
        except Timeout:
            continue
    return dead


def _without_lock(instance: dg.DagsterInstance) -> Iterator[tuple[dg.DagsterRun, str]]:
    """The runs that hold no lock and are over, with why: killed as they began, or never begun."""
    for record in instance.get_run_records(dg.RunsFilter(statuses=[*_LAUNCHED, *_BEGUN])):
        run, quiet_s = record.dagster_run, time.time() - record.update_timestamp.timestamp()
        if quiet_s < _SETTLED_S or (_locks(instance) / run.run_id).exists():
            continue
        if _process_is_gone(run, instance):
            yield run, _GONE
        elif run.status in _LAUNCHED and quiet_s > _BEGINS_WITHIN_S:
            yield run, "The process of this run never began."


def _process_is_gone(run: dg.DagsterRun, instance: dg.DagsterInstance) -> bool:
    """Whether the process that the run's log names has ended, and the run has not."""
    told = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    events = [one.dagster_event for one in told if one.dagster_event]
    processes = [one.engine_event_data.metadata.get("pid") for one in events]
    for process in filter(None, reversed(processes)):
        try:
            os.kill(int(str(process.value)), 0)
        except ProcessLookupError:
            now = instance.get_run_by_id(run.run_id)
            return now is not None and not now.is_finished
        except PermissionError:  # another user's
            return False
        return False
    return False
