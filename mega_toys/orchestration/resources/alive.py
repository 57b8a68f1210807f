"""Runs that died: a run holds a file lock as long as its process lives, and the kernel frees it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from filelock import FileLock, Timeout

NOTHING_LEFT = "mega_toys/nothing_left"  # tag of a run that failed: all was done in another way
_BEGINS_WITHIN_S = 600  # a run that was launched, however busy the machine is
_SETTLED_S = 30  # a run takes its lock a moment after it has made the file


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
    for launched in _never_begun(instance):
        instance.report_run_failed(launched, "The process of this run never began.")
        dead.append(launched.run_id)
    for path in _locks(instance).iterdir():
        if time.time() - path.stat().st_mtime < _SETTLED_S:
            continue
        try:
            with FileLock(path, timeout=0):
                run = instance.get_run_by_id(path.name)
                if run and not run.is_finished:
                    instance.report_run_failed(run, "The process of this run is gone.")
                    dead.append(run.run_id)
                path.unlink(missing_ok=True)
        except Timeout:
            continue
    return dead


def _never_begun(instance: dg.DagsterInstance) -> Iterator[dg.DagsterRun]:
    """The runs that were launched long ago and have not begun: who launched them was ended then."""
    launched = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING]
    )
    for record in instance.get_run_records(launched):
        if time.time() - record.update_timestamp.timestamp() > _BEGINS_WITHIN_S:
            yield record.dagster_run
