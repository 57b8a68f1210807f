"""A session of PostgreSQL that only reads, by ADBC."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import polars as pl

from mega_toys.address import Address
from mega_toys.declared.errors import DriverMissingError, SourceError, UnreachableError
from mega_toys.sources.arrow_stream import ArrowStream
from mega_toys.sources.silence import SECONDS, Patience, seconds_of

if TYPE_CHECKING:
    from adbc_driver_manager import dbapi
    from arro3.core import RecordBatch

EXTRA = "postgres"
_PORT = 5432
BATCH_BYTES, _BATCH = 8 << 20, "adbc.postgresql.batch_size_hint_bytes"
_CONNECTING = {
    "connect_timeout": "10",
    "tcp_user_timeout": "60000",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
_SESSION = (
    "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read "
    "-c client_encoding=UTF8 -c timezone=UTC -c datestyle=ISO -c extra_float_digits=1 "
    "-c statement_timeout=1h -c lock_timeout=30s -c idle_in_transaction_session_timeout=10min"
)
_NOISE = re.compile(
    r"^.*?\[libpq\] (?:Failed to (?:connect|execute prepared statement): )?"
    r"|^[A-Z_]+: (?:Failed to prepare query: )?"
)
_STATUS = re.compile(r"^(?:Execution error )?\[?PGRES_[A-Z_]+\]?:?\s*")
_NO_USAGE = re.compile(r"permission denied for schema (.+)")
_REST = re.compile(
    r"\s*(?:Is the server running|LINE \d+:|DETAIL:|HINT:|CONTEXT:|Query was:|\. SQLSTATE).*",
    re.DOTALL,
)


class _BrokenOffError(Exception):
    """The rows of a query end before its end."""


@dataclass(frozen=True)
class Session:
    """A session, in a transaction once it is asked; no answer is waited for endlessly."""

    cursor: "dbapi.Cursor"
    patience: Patience

    def answer(self, query: str, *values: str) -> Iterator[pl.DataFrame]:
        """What a query gives, as it comes; first its columns, all there is where it has no rows."""
        self.cursor.adbc_statement.set_options(**{_BATCH: str(BATCH_BYTES)})
        with self.patience.waiting():
            self.cursor.execute(query, values or None)
        stream = ArrowStream(self.cursor.fetch_arrow())
        yield pl.DataFrame(stream.schema().empty_table())
        while batch := self._next(stream):
            yield pl.DataFrame(batch)

    def _next(self, stream: ArrowStream) -> "RecordBatch | None":
        try:
            with self.patience.waiting():
                return stream.next()
        except RuntimeError as error:
            raise _BrokenOffError(str(error)) from error

    def answered(self, query: str, *values: str) -> pl.DataFrame:
        """All that a query gives."""
        return pl.concat(self.answer(query, *values))

    def run(self, statement: str) -> None:
        """Run what gives nothing."""
        with self.patience.waiting():
            self.cursor.execute(statement)


@contextmanager
def session(address: Address) -> Iterator[Session]:
    """A session that reads. SourceError where anything refuses."""
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise DriverMissingError(address.kind, EXTRA) from None
    uri, seconds = _uri(address)
    patience = Patience(address, _PORT, seconds)
    try:
        with patience.waiting():
            connection = dbapi.connect(uri)
    except (dbapi.Error, SourceError) as error:
        raise UnreachableError(address.without_secrets(said(str(error)))) from None
    try:
        with closing(connection), closing(connection.cursor()) as cursor:
            yield Session(cursor, patience)
    except (dbapi.Error, _BrokenOffError) as error:
        raise SourceError(address.without_secrets(said(str(error)))) from None


def _uri(address: Address) -> tuple[str, float]:
    """The address for libpq, with our time-outs where it tells none, and a session that reads.

    And for how many seconds an answer is waited for, which libpq does not know.
    """
    parts = urlsplit(address.with_password("postgresql"))
    told = dict(parse_qsl(parts.query))
    seconds = seconds_of("read_timeout", told.pop("read_timeout", f"{SECONDS}"))
    options = {**_CONNECTING, **told, "options": f"{_SESSION} {told.get('options', '')}".strip()}
    return parts._replace(query=urlencode(options, quote_via=quote)).geturl(), seconds


def said(text: str) -> str:
    """What went wrong, without the query and what a server adds to its first sentence."""
    told = _STATUS.sub("", _NOISE.sub("", text))
    why = _REST.sub("", told).removeprefix("ERROR:").strip()
    schema = _NO_USAGE.fullmatch(why)
    return f"{why}: GRANT USAGE ON SCHEMA {schema[1]} TO …" if schema else why
