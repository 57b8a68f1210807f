"""The refresh of the whole lake, as one run: every table with news, in the order of lineage."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import polars as pl
from dagster_duckdb import DuckDBResource

from mega_toys.ingestion import landing
from mega_toys.ingestion.arrivals import news_of_landing, refused
from mega_toys.ingestion.ignored import ignore_others, ignored_files
from mega_toys.lake import quality
from mega_toys.lake.checks import to_look_at
from mega_toys.lake.days_table import keep_days, lacks_a_table
from mega_toys.lake.lock import only_writer
from mega_toys.lake.noted_versions import renew_noted_versions
from mega_toys.lake.reshaped import has_other_columns
from mega_toys.lake.stale import moved
from mega_toys.lake.step import step
from mega_toys.lake.table import Kind, Table
from mega_toys.lake.work import Outcome, Work
from mega_toys.orchestration import data_quality
from mega_toys.orchestration.agreement import fresh_no_longer, missing
from mega_toys.orchestration.assets import assets_for
from mega_toys.orchestration.events import Event, evaluations, key_of, materializations
from mega_toys.orchestration.lakehouse import Lakehouse
from mega_toys.orchestration.partitions import newest_day
from mega_toys.orchestration.warehouse import KEY as WAREHOUSE
from mega_toys.orchestration.warehouse import held_back, publish, to_publish, told
from mega_toys.refresh import blocked_by, check_table, prepare, refresh_table

QUIET: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
Say = Callable[[str], None]


@dataclass
class Refreshed:
    """What a refresh did: the outcomes of tables with news, and what could not be done."""

    outcomes: list[Outcome] = field(default_factory=list)
    blocked: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    crashed: dict[str, str] = field(default_factory=dict)
    ignored_files: int = 0
    unread: list[str] = field(default_factory=list)  # paths that their store refuses

    @property
    def failed_checks(self) -> list[tuple[str, str]]:
        """Blocking checks that failed, with their table."""
        return [(outcome.table, name) for outcome in self.outcomes for name in outcome.failed]


def with_new_files(lakehouse: Lakehouse, work: Work) -> Iterator[str]:
    """The bronze tables with files that are new or changed by content."""
    root = lakehouse.settings.landing_root
    bronze = [table for table in lakehouse.catalog if table.kind is Kind.BRONZE]
    return (str(table.name) for table in bronze if news_of_landing(table, work, root))


def with_moved_inputs(lakehouse: Lakehouse, work: Work) -> Iterator[str]:
    """The tables whose inputs have moved on."""
    tables = [table for table in lakehouse.catalog if table.kind is not Kind.BRONZE]
    yield from (str(table.name) for table in tables if moved(table, work))
    if quality.stale(work):
        yield quality.QUALITY.name


def something_to_do(lakehouse: Lakehouse, instance: dg.DagsterInstance) -> bool:
    """Whether a refresh would do anything at all; it looks no further than the first news."""
    work = lakehouse.work("news")
    prepare(work)
    bronze = [table for table in lakehouse.catalog if table.kind is Kind.BRONZE]
    return bool(
        any(has_other_columns(t, work) or to_look_at(t, work) for t in lakehouse.catalog)
        or any(with_new_files(lakehouse, work))
        or any(with_moved_inputs(lakehouse, work))
        or ignored_files(bronze, work, lakehouse.settings.landing_root)
        or lacks_a_table(work)
        or to_publish(lakehouse)
        or any(True for _ in missing(lakehouse, instance))
    )


def unread(lakehouse: Lakehouse) -> list[str]:
    """The paths of the landing zone that could not be read when last tried."""
    return refused(lakehouse.work("news"), lakehouse.settings.landing_root)


def refresh(
    lakehouse: Lakehouse, database: DuckDBResource, instance: dg.DagsterInstance, say: Say
) -> Generator[Event, None, Refreshed]:
    """Take in all that is new and build everything stale; a table without news costs nothing.

    Yields the events of the run: each day that changed, and what the checks found."""
    landing.refuse_missing(lakehouse.settings.landing_root)
    refreshed = Refreshed()
    with only_writer(lakehouse.settings.lake_root, say):
        work = lakehouse.work("refresh")
        prepare(work)
        bronze = [table for table in lakehouse.catalog if table.kind is Kind.BRONZE]
        root = lakehouse.settings.landing_root
        refreshed.ignored_files = ignore_others(bronze, work, root)
        for table in lakehouse.catalog:
            if _to_do(table, work, lakehouse, refreshed):
                say(str(table.name))
                yield from _refresh_one(table, lakehouse, instance, work, refreshed, say)
            step("layer.table")
        keep_days(refreshed.outcomes, work)
        renew_noted_versions(work)
        step("refresh.days")
        refreshed.unread = unread(lakehouse)
        if refreshed.ignored_files:
            yield from _unread(bronze, work, refreshed)
        yield from missing(lakehouse, instance)
        done = [outcome.table for outcome in refreshed.outcomes]
        yield from fresh_no_longer(lakehouse, instance, work, done)
        step("refresh.agreed")
        if quality.stale(work):
            say(quality.QUALITY.name)
            yield from _counted(lakehouse, work, refreshed)
        if to_publish(lakehouse):
            say(WAREHOUSE.to_user_string())
            yield from _published(lakehouse, database, refreshed)
        for text in held_back(lakehouse):
            say(text)
    return refreshed


def _to_do(table: Table, work: Work, lakehouse: Lakehouse, refreshed: Refreshed) -> bool:
    """Whether a table has news and may take it in; what stops it is noted."""
    reshaped = has_other_columns(table, work)
    if table.kind is Kind.BRONZE:
        root = lakehouse.settings.landing_root
        return reshaped or to_look_at(table, work) or bool(news_of_landing(table, work, root))
    if not (reshaped or moved(table, work)):
        return to_look_at(table, work)
    unbuilt = {*refreshed.crashed, *refreshed.blocked} & set(map(str, table.reads))
    blocking = blocked_by(table, work) | dict.fromkeys(unbuilt, ())
    if blocking:
        refreshed.blocked[str(table.name)] = blocking
    return not blocking


def _refresh_one(
    table: Table,
    lakehouse: Lakehouse,
    instance: dg.DagsterInstance,
    work: Work,
    refreshed: Refreshed,
    say: Say,
) -> Iterator[Event]:
    try:
        outcome = refresh_table(table, work, lakehouse.settings.landing_root, say)
    except (Exception, pl.exceptions.PanicException) as error:  # a panic is no Exception
        refreshed.crashed[str(table.name)] = str(error) or type(error).__name__
        _show_failure(table, lakehouse, instance)
        return
    refreshed.outcomes.append(outcome)
    lakehouse.watcher.done(outcome)
    step("event.begin")
    for event in materializations(table, outcome, work):
        yield event
        step("event.day")
    yield from evaluations(table, outcome)
    step("event.done")


def _unread(bronze: list[Table], work: Work, refreshed: Refreshed) -> Iterator[Event]:
    """Files that were ignored are told by the checks of the tables nearest to them."""
    done = {outcome.table for outcome in refreshed.outcomes}
    for table in bronze:
        if str(table.name) not in done:
            yield from evaluations(table, check_table(table, work, everything=False))


def _show_failure(table: Table, lakehouse: Lakehouse, instance: dg.DagsterInstance) -> None:
    """Try once more in a run of the table's own, which Dagster shows as failed, with the reason."""
    dg.materialize(
        assets_for(lakehouse.catalog, lakehouse),
        selection=[key_of(table.name)],
        instance=instance,
        resources={"lakehouse": lakehouse},
        run_config=QUIET,
        tags={"dagster/partition": newest_day().isoformat()} if table.day_column else {},
        raise_on_error=False,
    )


def _counted(lakehouse: Lakehouse, work: Work, refreshed: Refreshed) -> Iterator[Event]:
    try:
        outcome = data_quality.build(work)
    except Exception as error:
        refreshed.crashed[quality.QUALITY.name] = str(error)
        return
    refreshed.outcomes.append(outcome)
    lakehouse.watcher.done(outcome)
    yield from data_quality.told(outcome)


def _published(
    lakehouse: Lakehouse, database: DuckDBResource, refreshed: Refreshed
) -> Iterator[Event]:
    try:
        editions = publish(lakehouse, database)
    except Exception as error:
        refreshed.crashed[WAREHOUSE.to_user_string()] = str(error)
    else:
        yield dg.AssetMaterialization(WAREHOUSE, metadata=told(editions))
