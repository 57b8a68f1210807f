"""A session of SQL Server, by mssql-python."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from mega_toys.address import Address
from mega_toys.declared.errors import DriverMissingError, SourceError, UnreachableError
from mega_toys.sources.mssql_address import PORT, server_of
from mega_toys.sources.silence import Patience

if TYPE_CHECKING:
    from mssql_python import Connection, Cursor

EXTRA = "mssql"
BATCH_ROWS = 20_000
_GRACE_S = 2  # for the driver to give up by itself
_STATEMENT_S = 3600  # after which the driver has the server end a query


class _BrokenOffError(Exception):
    """The rows of a query end before its end."""


@dataclass(frozen=True)
class Session:
    """A session, each of whose statements is a transaction; no answer is waited for endlessly."""

    cursor: "Cursor"
    patience: Patience

    def run(self, statement: str, *values: object) -> None:
        """Run a statement, whose answer is still to be read."""
        with self._waiting():
            self.cursor.execute(statement, *values)

    def answer(self, query: str, *values: object) -> Iterator[pl.DataFrame]:
        """What a query gives, some rows at a time; of no rows their columns."""
        self.run(query, *values)
        batch = None
        while batch is None or batch.num_rows == BATCH_ROWS:
            with self._waiting():
                batch = self.cursor.arrow_batch(BATCH_ROWS)
            yield pl.DataFrame(pl.from_arrow(batch))

    def answered(self, query: str, *values: object) -> pl.DataFrame:
        """All that a query gives."""
        return pl.concat(self.answer(query, *values))

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        try:
            with self.patience.waiting():
                yield
        except RuntimeError as error:  # of the driver's own code
            raise _BrokenOffError(str(error)) from error


@contextmanager
def session(address: Address) -> Iterator[Session]:
    """A session that reads. SourceError where anything refuses."""
    try:
        import mssql_python
        import pyarrow  # noqa: F401  # the driver hands rows on by it
    except ImportError:
        raise DriverMissingError(address.kind, EXTRA) from None
    server = server_of(address)
    server.refuse_unreachable()
    patience = Patience(address, PORT, server.read_s)
    connection = _connected(address, server.connect_s, server.keywords)
    try:
        with closing(connection), closing(connection.cursor()) as cursor:
            yield Session(cursor, patience)
    except (mssql_python.Error, _BrokenOffError) as error:
        raise SourceError(address.without_secrets(_said(error))) from None


def _connected(address: Address, seconds: int, keywords: dict[str, Any]) -> "Connection":
    import mssql_python

    mssql_python.pooling(enabled=False)
    handshake = Patience(address, PORT, seconds + _GRACE_S, "connect_timeout")
    try:
        with handshake.waiting():
            connection = mssql_python.connect(autocommit=True, timeout=seconds, **keywords)
    except SourceError as error:  # with Encrypt=strict the driver was still waiting after minutes
        raise UnreachableError(str(error)) from None
    except (mssql_python.Error, mssql_python.ConnectionStringParseError, ValueError) as error:
        if "Failed to load the driver" in str(error):
            raise SourceError(
                "the driver of mssql lacks libraries of the system: apt-get install libltdl7 "
                "libgssapi-krb5-2"
            ) from None
        raise UnreachableError(address.without_secrets(_said(error))) from None
    connection.timeout = _STATEMENT_S
    return connection


def _said(error: Exception) -> str:
    """What went wrong, without who says so."""
    told = getattr(error, "ddbc_error", "") or getattr(error, "driver_error", "") or str(error)
    return told.removeprefix("[Microsoft]").removeprefix("[SQL Server]").strip()
