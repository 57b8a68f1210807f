"""A session of PostgreSQL that only reads, by ADBC."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import polars as pl
from arro3.core import RecordBatchReader

from mega_toys.address import Address
from mega_toys.declared.errors import DriverMissingError, SourceError, UnreachableError

if TYPE_CHECKING:
    from adbc_driver_manager import dbapi

EXTRA = "postgres"
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
    r"^.*?\[libpq\] (?:Failed to connect: )?|^[A-Z_]+: (?:Failed to prepare query: )?"
)
_REST = re.compile(
    r"\s*(?:Is the server running|LINE \d+:|DETAIL:|HINT:|CONTEXT:|Query was:|\. SQLSTATE).*",
    re.DOTALL,
)


@contextmanager
def session(address: Address) -> Iterator["dbapi.Cursor"]:
    """A session, in a transaction once it is asked. SourceError where anything refuses."""
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise DriverMissingError(address.kind, EXTRA) from None
    try:
        connection = dbapi.connect(_uri(address))
    except dbapi.Error as error:
        raise UnreachableError(address.without_secrets(said(str(error)))) from None
    try:
        with closing(connection), closing(connection.cursor()) as cursor:
            yield cursor
    except (dbapi.Error, _BrokenOffError) as error:
        raise SourceError(address.without_secrets(said(str(error)))) from None


class _BrokenOffError(Exception):
    """The rows of a query end before its end."""


def answer(cursor: "dbapi.Cursor", query: str, *values: str) -> Iterator[pl.DataFrame]:
    """What a query gives, as it comes; first its columns, which are all where it has no rows."""
    cursor.adbc_statement.set_options(**{_BATCH: str(BATCH_BYTES)})
    cursor.execute(query, values or None)
    try:
        batches = RecordBatchReader.from_stream(cursor.fetch_arrow())
        yield pl.DataFrame(batches.schema.empty_table())
        for batch in batches:
            yield pl.DataFrame(batch)
    except Exception as error:  # of whatever kind it is
        raise _BrokenOffError(str(error)) from error


def answered(cursor: "dbapi.Cursor", query: str, *values: str) -> pl.DataFrame:
    """All that a query gives."""
    cursor.execute(query, values or None)
    return pl.DataFrame(RecordBatchReader.from_stream(cursor.fetch_arrow()).read_all())


def _uri(address: Address) -> str:
    """The address for libpq, with our time-outs where it tells none, and a session that reads."""
    parts = urlsplit(address.with_password("postgresql"))
    told = dict(parse_qsl(parts.query))
    options = {**_CONNECTING, **told, "options": f"{_SESSION} {told.get('options', '')}".strip()}
    return parts._replace(query=urlencode(options, quote_via=quote)).geturl()


def said(text: str) -> str:
    """What went wrong, without the query and what a server adds to its first sentence."""
    return _REST.sub("", _NOISE.sub("", text)).removeprefix("ERROR:").strip()
