"""The refresh of the whole lake, as one run: every table with news, in the order of lineage."""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import dagster as dg
import polars as pl

from mega_toys.declared.table import Bronze, Table
from mega_toys.declared.words import counted
from mega_toys.ingestion import landing
from mega_toys.ingestion.loading.ignored import ignore_others
from mega_toys.lake.building.days_table import keep_days
from mega_toys.lake.checks import counted_otherwise
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.lock import only_writer
from mega_toys.lake.store.step import step
from mega_toys.operations.crash import CrashError, ends_all
from mega_toys.operations.damaged import naming_damage
from mega_toys.operations.noted_versions import renew_noted_versions
from mega_toys.operations.plan import Blocking, Plan, Todo
from mega_toys.operations.preview import how_far_off
from mega_toys.operations.problems import damaged
from mega_toys.operations.refresh import (
    check_table,
    prepare,
    refresh_table,
    why_blocked,
)
from mega_toys.operations.refreshed import Refreshed
from mega_toys.operations.set_aside import SetAside
from mega_toys.orchestration.assets.sources import observed
from mega_toys.orchestration.assets.warehouse import KEY as WAREHOUSE
from mega_toys.orchestration.assets.warehouse import held_back, publish, to_publish, told
from mega_toys.orchestration.reporting.checks_shown import (
    fresh_no_longer,
    still_found,
)
from mega_toys.orchestration.reporting.events import evaluations, key_of, materializations
from mega_toys.orchestration.reporting.run_log import Event, RunLog
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.runs.damage import show_damage
from mega_toys.orchestration.runs.looks import unread, without_torn
from mega_toys.orchestration.runs.missing_events import days_not_built, missing

QUIET: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
Say = Callable[[str], None]
Done = tuple[Outcome, list[Event]]


def refresh(
    lakehouse: Lakehouse,
    log: RunLog,
    say: Say,
    since: dt.date | None = None,
    *,
    is_shown: bool = True,
) -> Refreshed:
    """Take in all that is new and build everything stale; a table without news costs nothing.

    Of a bucket, where `since` is given, what landed before that day is not listed. The log of the
    run is told of each table: each day that changed, and what the checks found. Where that
    `is_shown`, Dagster and the published file are made to agree with the lake, too.
    """
    landing.refuse_missing(lakehouse.settings.landing_root)
    with only_writer(lakehouse.settings.lake_root, say):
        aside, others = without_torn(lakehouse)
        plan = others.plan("refresh", since)
        with naming_damage(plan.work):
            prepare(plan.work)
            return _Refresh(others, plan, log, lakehouse, aside, is_shown).all(say)


@dataclass(frozen=True)
class _Refresh:
    """One refresh of the lake but for what is set aside, and what came of it so far."""

    lakehouse: Lakehouse
    plan: Plan
    log: RunLog
    whole: Lakehouse
    aside: SetAside
    is_shown: bool = True
    refreshed: Refreshed = field(default_factory=Refreshed)

    def all(self, say: Say) -> Refreshed:
        """Build every table with news in the order of lineage, then what is made from all."""
        refreshed, tables = self.refreshed, self.lakehouse.catalog
        if self.is_shown:  # which lists all that ever landed, for people to see
            every_bronze = self.whole.catalog.bronze
            noted = ignore_others(every_bronze, self.work, self.plan.listing)
            refreshed.ignored_files, refreshed.no_longer_ignored = noted
        self._set_aside()
        for table in tables:
            self._table(table)
            step("layer.table")
        keep_days(refreshed.outcomes, self.work)
        renew_noted_versions(self.work)
        step("refresh.days")
        refreshed.unread = unread(self.lakehouse)
        found = list(damaged(self.work))
        refreshed.damaged = [one.told for one in found]
        if not self.is_shown:
            return refreshed
        lacks = show_damage(found, self.plan, self.log, refreshed.unbuilt)
        self._agree(self.lakehouse.catalog.bronze, refreshed.unbuilt | lacks)
        step("refresh.agreed")
        if to_publish(self.whole):
            self._step(WAREHOUSE, self._published)
        refreshed.previewed = how_far_off(refreshed.outcomes, self.work.store.place)
        for text in filter(None, (*held_back(self.whole), refreshed.previewed)):
            say(text)
        return refreshed

    def _set_aside(self) -> None:
        """Tell what cannot be built since a log is torn."""
        for name, error in self.aside.torn.items():
            todo = self.plan.of(self.whole.catalog[name])
            self._crashed(key_of(todo.table.name), error, todo)
        for name, lacks in self.aside.built_of_them.items():
            self._blocked(self.plan.of(self.whole.catalog[name]), dict.fromkeys(sorted(lacks), ()))

    @property
    def work(self) -> Work:
        """The lake."""
        return self.plan.work

    def _table(self, table: Table) -> None:
        """Build a table, if there is something to do and it may be done."""
        todo = self.plan.of(table)
        if todo and self.lakehouse.may_wait(todo):
            self.refreshed.waiting.append(str(table.name))
        elif todo and not self._is_blocked(todo):
            self._step(key_of(table.name), partial(self._built, todo), todo)

    def _is_blocked(self, todo: Todo) -> bool:
        """Whether news may not be taken in yet; what stops it is noted and told."""
        if not (todo.has_other_columns or todo.has_news):
            return False
        unbuilt = self.refreshed.unbuilt & set(map(str, todo.table.reads))
        blocking = todo.blocking | dict.fromkeys(unbuilt, ())
        if blocking:
            self._blocked(todo, blocking)
        return bool(blocking)

    def _blocked(self, todo: Todo, blocking: Blocking) -> None:
        name = todo.table.name
        self.refreshed.blocked[str(name)] = blocking
        why = why_blocked(str(name), blocking)
        self.log.skipped(key_of(name), why, days_not_built(todo, self.log.instance))

    def _step(
        self, key: dg.AssetKey, build: Callable[[Say], Done], todo: Todo | None = None
    ) -> None:
        """A step of the run, told as it begins and as it ends."""
        name = ".".join(key.path)

        def say(text: str) -> None:
            self.log.say(key, text)
            self.lakehouse.watcher.say(f"{name} {text}")

        self.log.begin(key)
        self.lakehouse.watcher.say(name)
        try:
            with naming_damage(self.work, todo.table if todo is not None else None):
                outcome, events = build(say)
        except (Exception, pl.exceptions.PanicException) as error:  # a panic is no Exception
            if ends_all(error):
                raise  # no other table fares better
            self._crashed(key, error, todo)
            return
        if key != WAREHOUSE:
            self.refreshed.outcomes.append(outcome)
            self.lakehouse.watcher.done(outcome)
        step("event.begin")
        self.log.done(key, events, outcome)
        step("event.done")

    def _crashed(self, key: dg.AssetKey, error: BaseException, todo: Todo | None) -> None:
        crash = CrashError.of(error, todo.table if todo is not None else None)
        self.refreshed.crashed[".".join(key.path)] = crash.message
        self.log.failed(key, crash, days_not_built(todo, self.log.instance))

    def _built(self, todo: Todo, say: Say) -> Done:
        begun, table, outcome = self.work.now(), todo.table, refresh_table(todo, say)
        came = observed(table, self.work, begun) if isinstance(table, Bronze) else []
        events = materializations(table, outcome, self.work)
        return outcome, [*came, *events, *evaluations(table, outcome)]

    def _published(self, say: Say) -> Done:
        began = time.perf_counter()
        editions = publish(self.whole)
        done, seconds = f"{counted(len(editions), 'table')} published", time.perf_counter() - began
        outcome = Outcome(".".join(WAREHOUSE.path), done=done, seconds=seconds)
        return outcome, [dg.AssetMaterialization(WAREHOUSE, metadata=told(editions))]

    def _agree(self, bronze: list[Bronze], unbuilt: set[str]) -> None:
        """What Dagster shows besides agrees with the lake."""
        instance = self.log.instance
        done = {outcome.table for outcome in self.refreshed.outcomes}
        for events in missing(self.lakehouse, instance, unbuilt, self.plan):
            again = still_found(events, self.lakehouse.catalog.without(done), instance)
            self.log.tell([*events, *again])
        otherwise_ignored = self.refreshed.ignored_files or self.refreshed.no_longer_ignored
        ignoring = [t for t in bronze if otherwise_ignored and str(t.name) not in done]
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
            self._crashed(key_of(table.name), error, self.plan.of(table))
        else:
            self.log.tell(evaluations(table, outcome))
