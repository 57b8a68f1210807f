"""Dagster's runs and events in SQLite, over connections that stay open."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from itertools import count
from typing import Any, NamedTuple, Self

import dagster as dg
import sqlalchemy as db
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, StepMaterializationData
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log import (
    ConsolidatedSqliteEventLogStorage,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.runs import SqliteRunStorage
from dagster._serdes import ConfigurableClassData

_PATIENCE_S = 30  # as long a writer waits for another
_LAST_ID = db.text("SELECT last_insert_rowid()")
Result = tuple[str, str, str]  # of which asset's check, by which run


class Stored(NamedTuple):
    """An event, with its number and its row."""

    at: int
    event: EventLogEntry
    row: Mapping[str, Any]


@cache
def _engine(address: str) -> db.Engine:
    """One engine a database and process, so that statements are compiled once, not each time."""
    engine = db.create_engine(
        address,
        poolclass=db.QueuePool,
        max_overflow=-1,
        connect_args={"timeout": _PATIENCE_S, "check_same_thread": False},
    )
    db.event.listen(engine, "connect", _trust_the_journal)
    return engine


def _trust_the_journal(connection: Any, _record: object) -> None:
    """A killed process loses nothing; after a loss of power the lake tells what is missing."""
    connection.execute("PRAGMA synchronous = NORMAL")


@contextmanager
def _transaction(address: str) -> Iterator[db.Connection]:
    with _engine(address).connect() as connection, connection.begin():
        yield connection


class EventLog(ConsolidatedSqliteEventLogStorage):
    """All events in one file."""

    @cached_property
    def _batch(self) -> threading.local:
        """The connection with which a thread stores many events, while it does."""
        return threading.local()

    @cache  # noqa: B019, one storage lives as long as its process
    def has_table(self, table_name: str) -> bool:
        """Whether the file has a table; asked before each result of a check."""
        return bool(super().has_table(table_name))

    @contextmanager
    def _connect(self) -> Iterator[db.Connection]:
        connection = getattr(self._batch, "connection", None)
        if connection is not None:
            yield connection
        else:
            with _transaction(self._conn_string) as connection:
                yield connection

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events in one transaction, all of them or none, at a tenth of the cost."""
        if not events:
            return
        with _transaction(self._conn_string) as connection:
            self._batch.connection = connection
            try:
                rows = self._rows(events)
                connection.execute(SqlEventLogStorageTable.insert(), rows)
                first = int(connection.execute(_LAST_ID).scalar_one()) + 1 - len(events)
                self._index(connection, dict(enumerate(events, first)))
                self._store_checks(connection, [*map(Stored, count(first), events, rows)])
            finally:
                self._batch.connection = None

    def _rows(self, events: Sequence[EventLogEntry]) -> list[dict[str, Any]]:
        """The rows of events; of those of several days told alike one is turned into text."""
        rows: list[dict[str, Any]] = []
        before = None
        for event in events:
            said = _but_for_day(event)
            as_before = said is not None and said == before
            other_day = _of_day(rows[-1], _day_of(event)) if as_before else None
            rows.append(other_day or self._event_to_row(event))
            before = said
        return rows

    def _index(self, connection: db.Connection, events: Mapping[int, EventLogEntry]) -> None:
        """What is asked of assets and checks; of an asset the row of its newest event stands."""
        assets = {
            at: (event, of.asset_key)
            for at, event in events.items()
            if (of := event.dagster_event) and of.event_type in ASSET_EVENTS and of.asset_key
        }
        self._store_asset_event_tags(connection, [event for event, _ in assets.values()], [*assets])
        newest = {(key, event.dagster_event_type): at for at, (event, key) in assets.items()}
        for at in sorted(newest.values()):
            self._store_asset_event(connection, assets[at][0], at)

    def _store_checks(self, connection: db.Connection, stored: Sequence[Stored]) -> None:
        """What checks found; of those that their runs were not known to make, all at once."""
        results: dict[Result, Stored] = {}
        for one in stored:
            if one.event.dagster_event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                results.setdefault(_result(one.event), one)
        there = self._there(connection, results)
        new = {one.at: one for result, one in results.items() if result not in there}
        if new:
            rows = [*map(_row_of_check, new.values())]
            connection.execute(AssetCheckExecutionsTable.insert(), rows)
        for one in stored:
            if one.event.dagster_event_type in ASSET_CHECK_EVENTS and one.at not in new:
                self.store_asset_check_event(one.event, one.at)

    @staticmethod
    def _there(connection: db.Connection, results: Collection[Result]) -> set[Result]:
        """Those that their runs were known to make, or have made."""
        if not results:
            return set()
        of = AssetCheckExecutionsTable.c
        there = db.select(of.asset_key, of.check_name, of.run_id).where(
            of.asset_key.in_({key for key, _, _ in results}),
            of.run_id.in_({run for _, _, run in results}),
        )
        return {(key, check, run) for key, check, run in connection.execute(there)}

    @cache  # noqa: B019, one storage lives as long as its process
    def has_asset_key_index_cols(self) -> bool:
        """Whether the table of assets has what is asked before each of their events."""
        return bool(super().has_asset_key_index_cols())

    def _has_asset_key_index_cols_on_connection(self, conn: db.Connection) -> bool:
        return self.has_asset_key_index_cols()

    @cached_property
    def _watcher(self) -> SqlPollingEventWatcher:
        """Asks the file: its time of modification stays as it is while the journal grows."""
        return SqlPollingEventWatcher(self)

    def watch(
        self, run_id: str, cursor: str | None, callback: Callable[[EventLogEntry, str], None]
    ) -> None:
        """Tell of the events of a run as they come."""
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: Callable[[EventLogEntry, str], None]) -> None:
        """Tell no more."""
        self._watcher.unwatch_run(run_id, handler)

    def dispose(self) -> None:
        """End the threads that watch, and close what is open."""
        if "_watcher" in self.__dict__:
            self._watcher.close()
        _engine(self._conn_string).dispose()


def _result(event: EventLogEntry) -> Result:
    found = event.get_dagster_event().asset_check_evaluation_data
    return found.asset_key.to_string(), found.check_name, event.run_id


def _row_of_check(stored: Stored) -> dict[str, Any]:
    """As Dagster stores a result that nothing had planned."""
    found = stored.event.get_dagster_event().asset_check_evaluation_data
    key, check, run = _result(stored.event)
    status, of = AssetCheckExecutionRecordStatus, found.target_materialization_data
    return {
        "asset_key": key,
        "check_name": check,
        "run_id": run,
        "execution_status": (status.SUCCEEDED if found.passed else status.FAILED).value,
        "evaluation_event": stored.row["event"],
        "evaluation_event_timestamp": stored.row["timestamp"],
        "evaluation_event_storage_id": stored.at,
        "materialization_event_storage_id": of.storage_id if of else None,
        "partition": found.partition,
    }


def _day_of(event: EventLogEntry) -> str | None:
    return event.dagster_event.partition if event.dagster_event else None


def _but_for_day(event: EventLogEntry) -> tuple[object, ...] | None:
    """All that an event of a day says but for its day and instant; none of one without a day."""
    of = event.dagster_event
    told = of.event_specific_data if of and of.partition else None
    if of is None or not isinstance(told, StepMaterializationData):
        return None
    made = told.materialization
    alone = event._replace(dagster_event=None, timestamp=0)
    parts = (made.asset_key, made.description, made.metadata, made.tags, told.asset_lineage)
    return (alone, of._replace(event_specific_data=None), *parts)


def _of_day(row: Mapping[str, Any], day: str | None) -> dict[str, Any] | None:
    """The row for another day; none where its text does not name the day once."""
    named = f'"partition": "{row["partition"]}"'
    if row["event"].count(named) != 1:
        return None
    text = row["event"].replace(named, f'"partition": "{day}"')
    return {**row, "partition": day, "event": text}


class Runs(SqliteRunStorage):
    """The runs."""

    def connect(self) -> Any:
        """A transaction."""
        return _transaction(self._conn_string)

    def dispose(self) -> None:
        """Close what is open."""
        _engine(self._conn_string).dispose()

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """As Dagster makes it from `dagster.yaml`; its own names the class of its parent."""
        return cls.from_local(inst_data=inst_data, **config_value)
