"""A refresh in this process, through Dagster, with its events in Dagster's home."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import dagster as dg

from mega_toys.lake.work import Outcome
from mega_toys.orchestration.lakehouse import Lakehouse
from mega_toys.orchestration.refresh import Refreshed, refresh

_CONFIG = """\
# Made by mega-toys. One file of events, and no capture of output, halve what a run costs.
telemetry:
  enabled: false
event_log_storage:
  module: dagster._core.storage.event_log
  class: ConsolidatedSqliteEventLogStorage
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


def start_ui(port: int) -> None:
    """Become `dagster dev`, with the webserver and the daemon of this home, on loopback only."""
    dagster = str(Path(sys.executable).with_name("dagster"))
    where = ["--module-name", "mega_toys.definitions", "--host", "127.0.0.1", "--port", str(port)]
    os.execv(dagster, [dagster, "dev", *where])  # noqa: S606, our own program and arguments


def run_refresh(
    lakehouse: Lakehouse,
    defs: dg.Definitions,
    say: Callable[[str], None],
    done: Callable[[Outcome], None],
) -> Refreshed:
    """Refresh the lakehouse; Dagster's own log stays in its events."""
    home(lakehouse.settings.dagster_home)
    with dg.DagsterInstance.get() as instance:
        job = defs.resolve_implicit_global_asset_job_def()
        return refresh(lakehouse, job, instance, say, done)
