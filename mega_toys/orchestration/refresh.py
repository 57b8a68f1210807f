"""The refresh of the whole lake: every table with news, in the order of lineage, a run for each."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import dagster as dg

from mega_toys.ingestion.bronze import ignore_others, news_of_landing
from mega_toys.lake.days import spans
from mega_toys.lake.days_table import keep_days
from mega_toys.lake.lock import only_writer
from mega_toys.lake.stale import moved
from mega_toys.lake.table import Kind, Table
from mega_toys.lake.work import Outcome, Work
from mega_toys.orchestration.agreement import report_missing
from mega_toys.orchestration.assets import REFRESH_TAG, key_of
from mega_toys.orchestration.lakehouse import Lakehouse
from mega_toys.orchestration.partitions import partitions_for
from mega_toys.orchestration.warehouse import KEY as WAREHOUSE
from mega_toys.orchestration.warehouse import to_publish
from mega_toys.refresh import blocked_by, prepare

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}  # events are kept
Progress = Callable[[str], None]


@dataclass
class Refreshed:
    """What a refresh did: the outcomes of tables with news, and what could not be done."""

    outcomes: list[Outcome] = field(default_factory=list)
    blocked: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    crashed: dict[str, str] = field(default_factory=dict)
    ignored_files: int = 0

    @property
    def failed_checks(self) -> list[tuple[str, str]]:
        """Blocking checks that failed, with their table."""
        return [(outcome.table, name) for outcome in self.outcomes for name in outcome.failed]


def refresh(
    lakehouse: Lakehouse,
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    say: Progress,
    done: Callable[[Outcome], None],
) -> Refreshed:
    """Take in all that is new and build everything stale; a table without news costs no run."""
    refreshed = Refreshed()
    settings = lakehouse.settings
    with only_writer(settings.lake_root, say):
        work = lakehouse.work("refresh")
        prepare(work)
        bronze = [table for table in lakehouse.catalog if table.kind is Kind.BRONZE]
        refreshed.ignored_files = ignore_others(bronze, work, settings.landing_root)
        skipped: set[str] = set()
        for table in lakehouse.catalog:
            before = len(refreshed.outcomes)
            _refresh_one(table, lakehouse, job, instance, work, refreshed, skipped, say)
            for outcome in refreshed.outcomes[before:]:
                done(outcome)
        keep_days(refreshed.outcomes, work)
        report_missing(lakehouse, instance)
        if to_publish(lakehouse):
            _publish(job, instance, refreshed, say)
    return refreshed


def _publish(
    job: dg.JobDefinition, instance: dg.DagsterInstance, refreshed: Refreshed, say: Progress
) -> None:
    say(WAREHOUSE.to_user_string())
    result = job.execute_in_process(
        instance=instance,
        run_config=_QUIET,
        asset_selection=[WAREHOUSE],
        tags={REFRESH_TAG: "true"},
        raise_on_error=False,
    )
    if not result.success:
        refreshed.crashed[WAREHOUSE.to_user_string()] = _why(result)


def _refresh_one(
    table: Table,
    lakehouse: Lakehouse,
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    work: Work,
    refreshed: Refreshed,
    skipped: set[str],
    say: Progress,
) -> None:
    name = str(table.name)
    days = _news(table, lakehouse, work)
    if days is None:
        return
    broken: dict[str, tuple[str, ...]] = dict.fromkeys(skipped & set(map(str, table.reads)), ())
    if broken:
        skipped.add(name)
        refreshed.blocked[name] = broken
        return
    if blocking := blocked_by(table, work):
        skipped.add(name)
        refreshed.blocked[name] = blocking
        return
    say(name)
    result = job.execute_in_process(
        instance=instance,
        run_config=_QUIET,
        asset_selection=[key_of(table.name)],
        tags={REFRESH_TAG: "true", **_range(table, lakehouse, days)},
        raise_on_error=False,
    )
    if result.success or name in lakehouse.outcomes:
        refreshed.outcomes.append(lakehouse.outcomes.pop(name))
    else:
        skipped.add(name)
        refreshed.crashed[name] = _why(result)


def _news(table: Table, lakehouse: Lakehouse, work: Work) -> set[dt.date] | None:
    """The days that news reaches, as far as is known before the run; none where there is none."""
    if table.kind is Kind.BRONZE:
        return news_of_landing(table, work, lakehouse.settings.landing_root) or None
    return set() if moved(table, work) else None


def _range(table: Table, lakehouse: Lakehouse, days: set[dt.date]) -> dict[str, str]:
    """The tags of a partitioned run: its first contiguous range of days, else the newest day."""
    partitions = partitions_for(table, lakehouse.settings.first_day)
    if partitions is None:
        return {}
    newest = dt.date.fromisoformat(partitions.get_last_partition_key() or "")
    first = lakehouse.settings.first_day
    ranges = spans(day for day in days if first <= day <= newest)
    start, end = ranges[0] if ranges else (newest, newest)
    return {RANGE_START: start.isoformat(), RANGE_END: end.isoformat()}


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
