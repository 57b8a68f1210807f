"""The refresh of the whole lake, as one run: every table with news, in the order of lineage."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from mega_toys.declared.lake.gold.data_quality_daily import TABLE as DATA_QUALITY
from mega_toys.declared.table import Kind, Table
from mega_toys.declared.words import counted
from mega_toys.ingestion import landing
from mega_toys.ingestion.loading.arrivals import refused
from mega_toys.ingestion.loading.ignored import ignore_others, ignored_files
from mega_toys.lake.building.days_table import keep_days, lacks_a_table
from mega_toys.lake.checks import counted_otherwise, to_look_at
from mega_toys.lake.news.reshaped import has_other_columns
from mega_toys.lake.news.stale import has_moved
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.lock import only_writer
from mega_toys.lake.store.step import step
from mega_toys.operations.crash import CrashError
from mega_toys.operations.damaged import naming_damage
from mega_toys.operations.noted_versions import renew_noted_versions
from mega_toys.operations.problems import damaged
from mega_toys.operations.refresh import (
    blocked_by,
    check_table,
    prepare,
    refresh_table,
    why_blocked,
)
from mega_toys.operations.refreshed import Refreshed
from mega_toys.operations.waiting import days_with_news, has_news
from mega_toys.orchestration.assets.sources import observed
from mega_toys.orchestration.assets.warehouse import KEY as WAREHOUSE
from mega_toys.orchestration.assets.warehouse import held_back, publish, to_publish, told
from mega_toys.orchestration.reporting.agreement_of_checks import fresh_no_longer, shown_otherwise
from mega_toys.orchestration.reporting.events import evaluations, key_of, materializations
from mega_toys.orchestration.reporting.run_log import Event, RunLog
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.resources.partitions import newest_day
from mega_toys.orchestration.runs.agreement import failed_days, missing

QUIET: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
Say = Callable[[str], None]
Done = tuple[Outcome, list[Event]]


def with_new_files(lakehouse: Lakehouse, work: Work) -> Iterator[str]:
    """The bronze tables with files that are new or changed by content."""
    root = lakehouse.settings.landing_root
    bronze = [table for table in lakehouse.catalog if table.kind is Kind.BRONZE]
    return (str(table.name) for table in bronze if has_news(table, work, root))


def with_moved_inputs(lakehouse: Lakehouse, work: Work) -> Iterator[str]:
    """The tables whose inputs have moved on."""
    tables = [table for table in lakehouse.catalog.every if table.kind is not Kind.BRONZE]
    yield from (str(table.name) for table in tables if has_moved(table, work))


def something_to_do(lakehouse: Lakehouse, instance: dg.DagsterInstance) -> bool:
    """Whether a refresh would do anything at all; it looks no further than the first news."""
    work = lakehouse.work("news")
    with naming_damage(work):
        prepare(work)
        return _something_to_do(lakehouse, instance, work)


def _something_to_do(lakehouse: Lakehouse, instance: dg.DagsterInstance, work: Work) -> bool:
    bronze = [table for table in lakehouse.catalog if table.kind is Kind.BRONZE]
    return bool(
        any(has_other_columns(t, work) or to_look_at(t, work) for t in lakehouse.catalog.every)
        or any(with_new_files(lakehouse, work))
        or any(with_moved_inputs(lakehouse, work))
        or ignored_files(bronze, work, lakehouse.settings.landing_root)
        or lacks_a_table(work)
        or counted_otherwise(work)
        or to_publish(lakehouse)
        or any(True for _ in missing(lakehouse, instance))
        or shown_otherwise(lakehouse, instance, work)
    )


def unread(lakehouse: Lakehouse) -> list[str]:
    """The paths of the landing zone that could not be read when last tried."""
    return refused(lakehouse.work("news"), lakehouse.settings.landing_root)


def refresh(lakehouse: Lakehouse, log: RunLog, say: Say) -> Refreshed:
    """Take in all that is new and build everything stale; a table without news costs nothing.

    The log of the run is told of each table: each day that changed, and what the checks found.
    """
    landing.refuse_missing(lakehouse.settings.landing_root)
    with only_writer(lakehouse.settings.lake_root, say):
        work = lakehouse.work("refresh")
        with naming_damage(work):
            prepare(work)
            return _Refresh(lakehouse, work, log).all(say)


@dataclass(frozen=True)
class _Refresh:
    """One refresh of the lake, and what came of it so far."""

    lakehouse: Lakehouse
    work: Work
    log: RunLog
    refreshed: Refreshed = field(default_factory=Refreshed)

    def all(self, say: Say) -> Refreshed:
        """Build every table with news in the order of lineage, then what is made from all."""
        refreshed, tables = self.refreshed, self.lakehouse.catalog
        bronze = [table for table in tables if table.kind is Kind.BRONZE]
        refreshed.ignored_files = ignore_others(bronze, self.work, self._landing_root)
        for table in tables:
            self._table(table)
            step("layer.table")
        keep_days(refreshed.outcomes, self.work)
        self._table(DATA_QUALITY)
        renew_noted_versions(self.work)
        step("refresh.days")
        refreshed.unread = unread(self.lakehouse)
        self._agree(bronze)
        step("refresh.agreed")
        if to_publish(self.lakehouse):
            self._step(WAREHOUSE, self._published)
        for text in held_back(self.lakehouse):
            say(text)
        refreshed.damaged = [one.told for one in damaged(self.work)]
        return refreshed

    @property
    def _landing_root(self) -> Path:
        return self.lakehouse.settings.landing_root

    def _table(self, table: Table) -> None:
        """Build a table, if it has news and may take it in."""
        if self._may_build(table):
            self._step(key_of(table.name), partial(self._built, table), table)

    def _may_build(self, table: Table) -> bool:
        """Whether a table has news and may take it in; what stops it is noted and told."""
        if not self._has_news(table):
            return to_look_at(table, self.work)
        name = str(table.name)
        unbuilt = self.refreshed.unbuilt & set(map(str, table.reads))
        blocking = blocked_by(table, self.work) | dict.fromkeys(unbuilt, ())
        if blocking:
            self.refreshed.blocked[name] = blocking
            why = why_blocked(name, blocking)
            self.log.skipped(key_of(table.name), why, self._days_not_built(table))
        return not blocking

    def _has_news(self, table: Table) -> bool:
        reshaped = has_other_columns(table, self.work)
        return reshaped or has_news(table, self.work, self._landing_root)

    def _step(
        self, key: dg.AssetKey, build: Callable[[Say], Done], table: Table | None = None
    ) -> None:
        """A step of the run, told as it begins and as it ends."""
        name = ".".join(key.path)

        def say(text: str) -> None:
            self.log.say(key, text)
            self.lakehouse.watcher.say(f"{name} {text}")

        self.log.begin(key)
        self.lakehouse.watcher.say(name)
        try:
            with naming_damage(self.work, table):
                outcome, events = build(say)
        except (Exception, pl.exceptions.PanicException) as error:  # a panic is no Exception
            self._crashed(key, error, table)
            return
        if key != WAREHOUSE:
            self.refreshed.outcomes.append(outcome)
            self.lakehouse.watcher.done(outcome)
        step("event.begin")
        self.log.done(key, events, outcome)
        step("event.done")

    def _crashed(self, key: dg.AssetKey, error: BaseException, table: Table | None) -> None:
        crash = CrashError.of(error, table)
        self.refreshed.crashed[".".join(key.path)] = crash.message
        self.log.failed(key, crash, self._days_not_built(table))

    def _built(self, table: Table, say: Say) -> Done:
        begun = self.work.now()
        outcome = refresh_table(table, self.work, self._landing_root, say)
        came = observed(table, self.work, begun) if table.kind is Kind.BRONZE else []
        events = materializations(table, outcome, self.work)
        return outcome, [*came, *events, *evaluations(table, outcome)]

    def _published(self, say: Say) -> Done:
        began = time.perf_counter()
        editions = publish(self.lakehouse)
        done = f"{counted(len(editions), 'table')} published"
        outcome = Outcome(".".join(WAREHOUSE.path), done=done)
        outcome.seconds = time.perf_counter() - began
        return outcome, [dg.AssetMaterialization(WAREHOUSE, metadata=told(editions))]

    def _agree(self, bronze: list[Table]) -> None:
        """What Dagster shows besides agrees with the lake."""
        instance = self.log.instance
        for events in missing(self.lakehouse, instance, self.refreshed.unbuilt):
            self.log.tell(events)
        done = {outcome.table for outcome in self.refreshed.outcomes}
        ignoring = [t for t in bronze if self.refreshed.ignored_files and str(t.name) not in done]
        recounted = counted_otherwise(self.work)
        otherwise = self.log.shows_otherwise(self.lakehouse, self.work)
        for table in {t.name: t for t in (*ignoring, *recounted, *otherwise)}.values():
            self._looked_at_again(table)
        for evaluation in fresh_no_longer(self.lakehouse, instance, self.work, done):
            self.log.tell([evaluation])

    def _looked_at_again(self, table: Table) -> None:
        """What the checks of a table find is told: files that are ignored, or what is not shown."""
        try:
            outcome = check_table(table, self.work, everything=False)
        except (Exception, pl.exceptions.PanicException) as error:  # a panic is no Exception
            self._crashed(key_of(table.name), error, table)
        else:
            self.log.tell(evaluations(table, outcome))

    def _days_not_built(self, table: Table | None) -> set[dt.date]:
        """The days to be shown as failed that are not yet; today, where none is known."""
        if table is None or table.day_column is None:
            return set()
        waiting = days_with_news(table, self.work, self._landing_root) or {newest_day()}
        return waiting - failed_days(key_of(table.name), self.log.instance)
