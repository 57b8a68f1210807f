"""What Dagster shows agrees with the lake, whatever was killed between a commit and its event."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import dagster as dg

from mega_toys.declared.days import listed, shifted
from mega_toys.declared.table import Table
from mega_toys.lake.building.days_table import first_open, open_for, takes_however_late
from mega_toys.lake.own.files import FILES
from mega_toys.lake.run.work import Work
from mega_toys.operations.plan import Plan, Todo
from mega_toys.orchestration.assets import landing_zone
from mega_toys.orchestration.assets.sources import observed, source_key
from mega_toys.orchestration.reporting.events import REPORTED, key_of, of_days, of_table
from mega_toys.orchestration.reporting.run_log import Event
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.resources.partitions import newest_day

_FOUND = "found in the lake, without an event of the run that wrote it"
_SO_FAR, _CLOSED = "no rows so far: what comes of this day", "no rows: the day has closed without"
Missing = Iterator[Sequence[Event]]


def missing(
    lakehouse: Lakehouse,
    instance: dg.DagsterInstance,
    unbuilt: Collection[str] = (),
    plan: Plan | None = None,
) -> Missing:
    """Asset by asset, the events that make Dagster show what the lake holds.

    One of each day that the lake holds and Dagster has none of; and where the table is up to
    date, of each day until today that has no rows, and of what is shown as failed.
    """
    plan = plan or lakehouse.plan("missing_events")
    work = plan.work
    has_begun = work.store.scan(FILES.name).select("path").head(1).collect().height > 0
    days = set(listed([(lakehouse.first_day, newest_day())])) if has_begun else set()
    for table in lakehouse.catalog:
        may_be_done = str(table.name) not in unbuilt
        agreeing = _Agreeing(plan.of(table), instance, may_be_done)
        if events_of_table := agreeing.whole() if table.day_column is None else agreeing.days(days):
            yield events_of_table
    if has_begun:
        yield from _unobserved(lakehouse, work, instance)
        if events := landing_zone.not_shown(lakehouse, instance):
            yield events


def _unobserved(lakehouse: Lakehouse, work: Work, instance: dg.DagsterInstance) -> Missing:
    """The event of each source that Dagster has none of."""
    bronze = {source_key(t): t for t in lakehouse.catalog.bronze}
    shown = {one.asset_entry.asset_key for one in instance.get_asset_records([*bronze])}
    for key, table in bronze.items():
        if key not in shown and (events := observed(table, work)):
            yield events


@dataclass(frozen=True)
class _Agreeing:
    """One table, as the lake has it and as Dagster shows it."""

    todo: Todo
    instance: dg.DagsterInstance
    may_be_done: bool

    @cached_property
    def is_done(self) -> bool:
        """Whether the table is up to date, so that no failure is left to be shown."""
        return self.may_be_done and self.todo.is_done

    @property
    def table(self) -> Table:
        """The table."""
        return self.todo.table

    @property
    def work(self) -> Work:
        """The lake."""
        return self.todo.work

    def whole(self) -> list[dg.AssetMaterialization]:
        """The event of a table without days."""
        last, failed = _last(self.table, self.instance)
        wrong = last is None or (failed and self.is_done)
        if wrong and self.work.store.since(self.table.name, 0).changed:
            return [of_table(self.table, self.work, {REPORTED: _FOUND})]
        return []

    def days(self, until_today: set[dt.date]) -> list[dg.AssetMaterialization]:
        """The events of some days: those without rows first, so that one with rows is shown last.

        Where none else is told, that is the newest one, again.
        """
        key = key_of(self.table.name)
        shown = self.instance.get_materialized_partitions(key)
        rows = set(self.work.store.rows_by_day(self.work.stored(self.table)))
        without = until_today - rows
        empty = {day for day in without if f"{day}" not in shown}
        empty |= set(self._closed_since_told(without - empty))
        failed = failed_days(key, self.instance)
        if (empty or failed) and not self.is_done:
            empty, failed = set(), set()
        found = {day for day in rows if f"{day}" not in shown} | failed
        last = {max(rows & until_today)} if empty and rows & until_today else set()
        empty -= failed
        return [
            *of_days(self.table, empty, self.work, _saying_why(self.table, self.work)),
            *of_days(self.table, found, self.work, lambda day: _FOUND),
            *of_days(self.table, last - found, self.work),
        ]

    def _closed_since_told(self, shown: set[dt.date]) -> Iterator[dt.date]:
        """The days of those shown without rows that have closed and are not told as closed.

        Days close in their order: before one that is told so there is none.
        """
        first, key = first_open(self.table, self.work), key_of(self.table.name)
        for day in sorted((day for day in shown if day < first), reverse=True):
            told = _last_told(key, day, self.instance)
            if told.startswith(_CLOSED):
                return
            if told:  # one that lost its rows says nothing
                yield day


def _last_told(key: dg.AssetKey, day: dt.date, instance: dg.DagsterInstance) -> str:
    """What the newest event of a day says beside its figures."""
    of_day = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[f"{day}"])
    (newest,) = instance.fetch_materializations(of_day, limit=1).records
    event = newest.asset_materialization
    return (event and event.description) or ""


def _saying_why(table: Table, work: Work) -> Callable[[dt.date], str]:
    """Why a day has no rows: it has closed without, or has none so far."""
    first, after = first_open(table, work), open_for(table, work)
    is_late_well = takes_however_late(table, work)

    def told(day: dt.date) -> str:
        if day < first and is_late_well:
            return f"{_CLOSED}; what still comes of it counts all the same"
        if day < first:
            return f"{_CLOSED}, and what lands now is too late"
        if after is None or is_late_well:
            return f"{_SO_FAR} counts, however late"
        return f"{_SO_FAR} until the end of {shifted(day, after)}, UTC, counts"

    return told


def _last(table: Table, instance: dg.DagsterInstance) -> tuple[dg.EventLogRecord | None, bool]:
    """The last materialization of a table, and whether a later run is shown to have failed."""
    records = instance.get_asset_records([key_of(table.name)])
    entry = records[0].asset_entry if records else None
    last = entry.last_materialization_record if entry else None
    return last, bool(entry and last and entry.last_run_id != last.run_id)


def is_shown_as_failed(table: Table, instance: dg.DagsterInstance) -> bool:
    """Whether Dagster shows a table, or a day of it, as failed."""
    if table.day_column is None:
        return _last(table, instance)[1]
    return bool(failed_days(key_of(table.name), instance))


def failed_days(key: dg.AssetKey, instance: dg.DagsterInstance) -> set[dt.date]:
    """The days that Dagster shows as failed; asked of the events, since their number is small."""
    events = instance.event_log_storage
    tried = events.get_latest_asset_partition_materialization_attempts_without_materializations(key)
    runs = {run for run, _ in tried.values()}
    if not runs:
        return set()
    only = dg.RunsFilter(run_ids=list(runs), statuses=[dg.DagsterRunStatus.FAILURE])
    failed = {run.run_id for run in instance.get_runs(only)}
    return {dt.date.fromisoformat(day) for day, (run, _) in tried.items() if run in failed}


def days_not_built(todo: Todo | None, instance: dg.DagsterInstance) -> set[dt.date]:
    """The days to be shown as failed that are not yet; today, where none is known."""
    if todo is None or todo.table.day_column is None:
        return set()
    waiting = todo.days_if_known() or {newest_day()}
    return waiting - failed_days(key_of(todo.table.name), instance)
