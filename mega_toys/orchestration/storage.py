"""Dagster's runs and events in SQLite, over connections that stay open."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Self

import sqlalchemy as db
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage
from dagster._serdes import ConfigurableClassData

_PATIENCE_S = 30  # as long a writer waits for another


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

    @cache  # noqa: B019, one storage lives as long as its process
    def has_table(self, table_name: str) -> bool:
        """Whether the file has a table; asked before each result of a check."""
        return bool(super().has_table(table_name))

    def _connect(self) -> Any:
        return _transaction(self._conn_string)


class Runs(SqliteRunStorage):
    """The runs."""

    def connect(self) -> Any:
        """A transaction."""
        return _transaction(self._conn_string)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """As Dagster makes it from `dagster.yaml`; its own names the class of its parent."""
        return cls.from_local(inst_data=inst_data, **config_value)
