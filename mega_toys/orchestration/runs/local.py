"""A refresh in this process, through Dagster, with its events in Dagster's home."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
from filelock import FileLock
from sqlalchemy.exc import DBAPIError

from mega_toys.declared.errors import LakeError, MegaToysError
from mega_toys.ingestion import landing
from mega_toys.lake.store.lock import only_writer
from mega_toys.operations import quiet
from mega_toys.operations.quiet import remember
from mega_toys.operations.rebuild import built_by_other_code
from mega_toys.operations.refreshed import Refreshed
from mega_toys.orchestration.reporting.events import error_of
from mega_toys.orchestration.reporting.run_log import Event
from mega_toys.orchestration.resources.alive import end_dead_runs
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.runs.jobs import REFRESH
from mega_toys.orchestration.runs.left import note_nothing_left
from mega_toys.orchestration.runs.looks import damage_if_nothing_to_do, unread
from mega_toys.orchestration.runs.refresh_run import QUIET

_OURS = "# Made by mega-toys."
_CONFIG = f"""\
{_OURS} Open connections, and no capture of output, make runs several times cheaper.
telemetry:
  enabled: false
nux: # no dialog that asks for an address
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
    there = config.read_text() if config.exists() else ""
    if (now := _brought_up_to_date(there)) != there:
        config.write_text(now)
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder


def _brought_up_to_date(there: str) -> str:
    """The configuration: ours, where there is none; one of ours gets the sections that it lacks."""
    if not there:
        return _CONFIG
    if not there.startswith(_OURS):
        return there
    sections = re.findall(r"^\w.*\n(?: .*\n)*", _CONFIG, re.MULTILINE)
    lacking = [one for one in sections if f"\n{one.partition(':')[0]}:" not in there]
    return "".join([f"{there.rstrip()}\n", *lacking])


def _opened(folder: Path) -> dg.DagsterInstance:
    """Dagster's home, opened by one process at a time: two that made its tables at once fail."""
    with FileLock(folder / ".opening.lock"):
        return dg.DagsterInstance.get()


def wipe_page(folder: Path, name: str) -> None:
    """Forget what Dagster was told of a table that has no declaration, where it was told of any."""
    there = Path(os.environ.get("DAGSTER_HOME") or folder)
    if there.is_dir():
        with _opened(home(folder)) as instance:
            domain, layer, table = name.split(".")
            source = [dg.AssetKey([domain, "source", table])] if layer == "bronze" else []
            instance.wipe_assets([dg.AssetKey([domain, layer, table]), *source])


def tell_without_run(folder: Path, events: Iterable[Event]) -> None:
    """Tell Dagster, in its home, of events outside of any run, which is quick."""
    folder = home(folder)
    with _usable(folder), _opened(folder) as instance:
        for event in events:
            instance.report_runless_asset_event(event)


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    """Raise LakeError where Dagster's home cannot be used."""
    try:
        yield
    except DBAPIError as error:
        raise LakeError(
            f"Dagster's home {folder} cannot be used: {error.orig}. Make room, or mend its "
            "permissions; a broken one may be removed, since it holds events only."
        ) from error


def run_refresh(lakehouse: Lakehouse, defs: dg.Definitions, looks: str | None = None) -> Refreshed:
    """Refresh the lakehouse as a run of Dagster's; where there is no news, there is no run.

    `looks` is how all looked before: where nothing was to do, that is remembered. Where something
    was, one looks once more: that costs a fifth of what it would cost the next refresh.
    """
    landing.refuse_missing(lakehouse.settings.landing_root)
    folder = home(lakehouse.settings.dagster_home)
    with _usable(folder):
        with _opened(folder) as instance:
            end_dead_runs(instance)
            refreshed = refresh_in_process(lakehouse, defs, instance, looks)
        if refreshed.outcomes:
            _look_once_more(lakehouse, folder)
    return refreshed


def refresh_in_process(
    lakehouse: Lakehouse,
    defs: dg.Definitions,
    instance: dg.DagsterInstance,
    looks: str | None = None,
) -> Refreshed:
    """Run the job `refresh` in this process; its log stays in Dagster's events."""
    with (
        only_writer(lakehouse.settings.lake_root, lakehouse.watcher.say),
        lakehouse.listed_once(),
    ):
        told = None if lakehouse.untold else _nothing_to_do(lakehouse, instance, looks)
        if told is not None:
            return told
        lakehouse.refreshed = None
        job = defs.resolve_job_def(REFRESH)
        result = job.execute_in_process(instance=instance, run_config=QUIET, raise_on_error=False)
    if lakehouse.refreshed is None:
        raise LakeError(_why(result))
    return lakehouse.refreshed


def _nothing_to_do(
    lakehouse: Lakehouse, instance: dg.DagsterInstance, looks: str | None
) -> Refreshed | None:
    """What a look tells that finds nothing to do, which is remembered; none where it does."""
    if (found := damage_if_nothing_to_do(lakehouse, instance)) is None:
        return None
    told = Refreshed(unread=unread(lakehouse), damaged=[one.told for one in found])
    if not told.could_not:
        note_nothing_left(instance)
        if not built_by_other_code(lakehouse.work("nothing to do")):
            remember(lakehouse.settings, looks)
    return told


def _look_once_more(lakehouse: Lakehouse, folder: Path) -> None:
    """Look whether anything is left to do, or came meanwhile, with Dagster's events at rest."""
    if (now := quiet.looks(lakehouse.settings)) is None:
        return
    with (
        suppress(MegaToysError),  # a refresh tells what is wrong
        _opened(folder) as instance,
        only_writer(lakehouse.settings.lake_root, lakehouse.watcher.say, patience_s=0),
        lakehouse.listed_once(),
    ):
        _nothing_to_do(lakehouse, instance, now)


def _why(result: dg.ExecuteInProcessResult) -> str:
    """The innermost error of a run, in one text."""
    failures = (one for one in result.all_events if one.is_step_failure or one.is_failure)
    return next(filter(None, map(error_of, failures)), "the run failed")
