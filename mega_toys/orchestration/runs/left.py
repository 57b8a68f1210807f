"""What a refresh that failed has left to do: nothing, once all of it was done in another way."""

import dagster as dg

from mega_toys.declared.errors import MegaToysError
from mega_toys.orchestration.resources.alive import NOTHING_LEFT
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.runs.jobs import REFRESH
from mega_toys.orchestration.runs.looks import damage_if_nothing_to_do, unread


def note_nothing_left(instance: dg.DagsterInstance) -> None:
    """Note of the last refresh, where it failed, that nothing of it is left to do."""
    if last := _failed(instance):
        instance.add_run_tags(last.run_id, {NOTHING_LEFT: "true"})


def look_what_is_left(lakehouse: Lakehouse, instance: dg.DagsterInstance) -> None:
    """Look for what the last refresh left to do, where it failed, until it is nothing."""
    if _failed(instance) and not _something_left(lakehouse, instance):
        note_nothing_left(instance)


def _failed(instance: dg.DagsterInstance) -> dg.DagsterRun | None:
    """The last refresh, where it failed and something of it may be left to do."""
    runs = instance.get_runs(dg.RunsFilter(job_name=REFRESH), limit=1)
    failed = [run for run in runs if run.status is dg.DagsterRunStatus.FAILURE]
    return next((run for run in failed if NOTHING_LEFT not in run.tags), None)


def _something_left(lakehouse: Lakehouse, instance: dg.DagsterInstance) -> bool:
    try:
        found = damage_if_nothing_to_do(lakehouse, instance)
        return found is None or bool(found or unread(lakehouse))
    except MegaToysError:  # a refresh tells it
        return True
