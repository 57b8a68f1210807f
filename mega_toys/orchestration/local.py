"""A refresh in this process, through Dagster, with its events in Dagster's home."""

import errno
import fcntl
import os
import socket
import sys
from pathlib import Path

import dagster as dg
from sqlalchemy.exc import DBAPIError

from mega_toys.ingestion import landing
from mega_toys.lake.errors import LakeError
from mega_toys.lake.lock import only_writer
from mega_toys.orchestration.alive import end_dead_runs
from mega_toys.orchestration.jobs import REFRESH
from mega_toys.orchestration.lakehouse import Lakehouse
from mega_toys.orchestration.refresh import QUIET, Refreshed, something_to_do

LOOPBACK = "127.0.0.1"
_LAST_PORT = 65535
_NOT_DG = "ignore:Function `dev_command` is superseded:FutureWarning"  # `dg` is another package
_CONFIG = """\
# Made by mega-toys. Open connections, and no capture of output, make runs several times cheaper.
telemetry:
  enabled: false
freshness: # the checks `is_fresh` tell it from the lake
  enabled: false
python_logs: # of a run's steps, the terminal is told what is worth telling; the UI has them all
  python_log_level: INFO
event_log_storage:
  module: mega_toys.orchestration.storage
  class: EventLog
  config:
    base_dir:
      env: DAGSTER_HOME
run_storage:
  module: mega_toys.orchestration.storage
  class: Runs
  config:
    base_dir:
      env: DAGSTER_HOME
schedule_storage:
  module: dagster._core.storage.schedules
  class: SqliteScheduleStorage
  config:
    base_dir:
      env: DAGSTER_HOME
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""


def home(folder: Path) -> Path:
    """Dagster's home, made with sane defaults where it is not there; Dagster is told of it."""
    folder = Path(os.environ.get("DAGSTER_HOME") or folder).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "dagster.yaml"
    if not config.exists():
        config.write_text(_CONFIG)
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder


def claim_ui(folder: Path, port: int) -> None:
    """Make sure that a UI can come up: its port is free, and no other one uses this home.

    The lock on the home stays with this process, also once it has become `dagster dev`. Raises
    LakeError with the way out.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise LakeError(f"Port {port} is taken: --port {_next(port)}") from None
            raise LakeError(f"Port {port} cannot be used: {error.strerror}") from None
    lock = os.open(folder / ".dev.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise LakeError(
            f"Another `mega-toys dev` runs with Dagster's home {folder}: use its UI or end it, or "
            "set MEGA_TOYS_DAGSTER_HOME to another folder. Two would ask for every refresh twice."
        ) from None
    os.set_inheritable(lock, True)


def _next(port: int) -> int:
    return port + 1 if port < _LAST_PORT else port - 1


def start_ui(port: int) -> None:
    """Become `dagster dev`, with the webserver and the daemon of this home, on loopback only."""
    known = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [known, _NOT_DG]))
    dagster = str(Path(sys.executable).with_name("dagster"))
    where = ["--module-name", "mega_toys.definitions", "--host", LOOPBACK, "--port", str(port)]
    os.execv(dagster, [dagster, "dev", "--log-level", "info", *where])  # noqa: S606, our own program and arguments


def run_refresh(lakehouse: Lakehouse, defs: dg.Definitions) -> Refreshed:
    """Refresh the lakehouse as a run of Dagster's; where there is no news, there is no run."""
    landing.refuse_missing(lakehouse.settings.landing_root)
    folder = home(lakehouse.settings.dagster_home)
    try:
        with dg.DagsterInstance.get() as instance:
            end_dead_runs(instance)
            return refresh_in_process(lakehouse, defs, instance)
    except DBAPIError as error:
        raise LakeError(
            f"Dagster's home {folder} cannot be used: {error.orig}. Make room, or mend its "
            "permissions; a broken one may be removed, since it holds events only."
        ) from error


def refresh_in_process(
    lakehouse: Lakehouse, defs: dg.Definitions, instance: dg.DagsterInstance
) -> Refreshed:
    """Run the job `refresh` in this process; its log stays in Dagster's events."""
    with only_writer(lakehouse.settings.lake_root, lakehouse.watcher.say):
        if not something_to_do(lakehouse, instance):
            return Refreshed()
        lakehouse.refreshed = None
        job = defs.resolve_job_def(REFRESH)
        result = job.execute_in_process(instance=instance, run_config=QUIET, raise_on_error=False)
    if lakehouse.refreshed is None:
        raise LakeError(_why(result))
    return lakehouse.refreshed


def _why(result: dg.ExecuteInProcessResult) -> str:
    """The innermost error of a run, in one text."""
    for event in result.all_events:
        if event.is_step_failure or event.is_failure:
            error = getattr(event.event_specific_data, "error", None)
            while error is not None and error.cause is not None:
                error = error.cause
            if error is not None:
                return str(error.message).strip()
    return "the run failed"
