"""Pulls in Dagster: a job, the sensor that asks for it when something waits, and by the clock."""

import datetime as dt
import json
import time
from collections.abc import Mapping
from typing import Any

import dagster as dg

from mega_toys.declared.words import counted
from mega_toys.operations.pulling import Asked, Pulled, waiting
from mega_toys.orchestration.assets import source_freshness
from mega_toys.orchestration.assets.sources import asked_of, source_key
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.runs.sensors import UNFINISHED, failed_in_a_row, wait_after, when

PULL = "pull"
# By system: failures in a row, when it is asked again, since when it fails.
Waits = dict[str, tuple[int, float, float]]
Definitions = dict[str, list[Any]]


def pulls_of(lakehouse: Lakehouse) -> Definitions:
    """Job, sensor and schedule; none where no system is set."""
    every = asked_of(lakehouse)
    if not every:
        return {"jobs": [], "sensors": [], "schedules": []}
    job = dg.define_asset_job(
        PULL,
        selection=[source_key(one.table) for one in every],
        description="Pull what is new in all systems that are set into the landing zone.",
    )
    schedule = dg.ScheduleDefinition(
        name="hourly_pull",
        job=job,
        cron_schedule="50 * * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Every hour: pull what the sensor has not asked for.",
    )
    return {"jobs": [job], "sensors": [_sensor(every, job)], "schedules": [schedule]}


def _sensor(every: list[Asked], job: Any) -> dg.SensorDefinition:
    @dg.sensor(
        name="waiting_in_systems",
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for a pull of the tables for which something waits in their systems.",
    )
    def waiting_in_systems(
        context: dg.SensorEvaluationContext,
    ) -> dg.SensorResult | dg.SkipReason:
        unfinished = dg.RunsFilter(job_name=PULL, statuses=UNFINISHED)
        if context.instance.get_runs(unfinished, limit=1):
            return dg.SkipReason("A pull is under way.")
        if failed := failed_in_a_row(context.instance, PULL):
            left = when(failed[0])[1] + wait_after(len(failed)) - time.time()
            if left > 0:
                return dg.SkipReason(f"The last pull failed: it is tried again in {left:.0f} s.")
        return _asked(every, context)

    return waiting_in_systems


def _asked(every: list[Asked], context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """A run for the tables that have news; a system that failed is asked ever more rarely."""
    waits, now = _waits(context.cursor), time.time()
    due = [one for one in every if waits.get(one.source.system, (0, 0.0, now))[1] <= now]
    found = list(zip(due, waiting(due), strict=True))
    failed = {one.source.system: told.error for one, told in found if told.error}
    for error in dict.fromkeys(told.error for _, told in found if told.error):
        context.log.error(error)
    news = [(one, told) for one, told in found if told.waits and told.waits.rows]
    later = {system: wait for system, wait in waits.items() if wait[1] > now}
    later |= {system: _later(waits.get(system), now) for system in failed}
    waited = {source_key(one.table): _waited(one, told, later, now) for one, told in found}
    return dg.SensorResult(
        run_requests=[_run(news)] if news else [],
        asset_events=list(source_freshness.changed(waited, context.instance)),
        skip_reason=None if news else _why_none(failed, later, now),
        cursor=json.dumps(later),
    )


def _run(news: list[tuple[Asked, Pulled]]) -> dg.RunRequest:
    told = ", ".join(f"{one.table.name}: {told.waits.rows}" for one, told in news if told.waits)
    keys = [source_key(one.table) for one, _ in news]
    return dg.RunRequest(asset_selection=keys, tags={"mega_toys/waiting": told[:200]})


def _waited(one: Asked, told: Pulled, later: Waits, now: float) -> tuple[Asked, dt.timedelta, str]:
    """How long what is new has waited in a system, at most, and what the system answered."""
    if told.error:
        return one, dt.timedelta(seconds=now - later[one.source.system][2]), told.error
    lag = told.waits.lag(dt.datetime.fromtimestamp(now, dt.UTC)) if told.waits else None
    rows = told.waits.rows if told.waits else 0
    return one, lag or dt.timedelta(), f"{counted(rows, 'row')} to pull."


def _waits(cursor: str | None) -> Waits:
    kept: Mapping[str, Any] = json.loads(cursor) if cursor else {}
    return {
        system: (int(many), float(until), float([until, *since][-1]))
        for system, (many, until, *since) in kept.items()
    }


def _later(wait: tuple[int, float, float] | None, now: float) -> tuple[int, float, float]:
    """One failure more, and when to ask again."""
    many, _, since = wait or (0, now, now)
    return many + 1, now + wait_after(many + 1), since


def _why_none(failed: Mapping[str, str], later: Waits, now: float) -> str:
    told = [
        f"{failed.get(system) or f'{system} failed {many} times in a row'}; it is asked again in "
        f"{until - now:.0f} s."
        for system, (many, until, _) in later.items()
    ]
    return " ".join(told) or "Nothing waits in the systems."
