"""MongoDB, and what speaks its protocol, by PyMongo.

A document lands as its relaxed extended JSON, which has every value exactly.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from mega_toys.address import Address
from mega_toys.declared.errors import DriverMissingError, SourceError, UnreachableError
from mega_toys.declared.source import Changes, Export, System
from mega_toys.declared.source import Mark as ByMark
from mega_toys.sources import changes
from mega_toys.sources.batches import MARK, by_mark, whole
from mega_toys.sources.contents import DOCUMENT
from mega_toys.sources.landed import Landed, Mark, NewFile
from mega_toys.sources.mongodb_address import client_of
from mega_toys.sources.waiting import Waiting, waiting_in

if TYPE_CHECKING:
    from pymongo.collection import Collection

EXTRA = "mongodb"
BATCH = 10_000  # documents
_HOUR_MS = 3_600_000


def pull(source: System, address: Address, landed: Landed) -> Iterator[NewFile]:
    """The landing files of what is new, oldest marks first."""
    with _opened(source, address) as documents:
        yield from documents.pulled(landed)


def pending(source: System, address: Address, landed: Landed) -> Waiting:
    """What a pull would bring; nothing lands. Of what was never pulled, as the server counts."""
    with _opened(source, address) as documents:
        if isinstance(source.new, ByMark | Changes) and landed.until is None:
            return documents.counted(source.new)
        return waiting_in(documents.pulled(landed), landed.until)


@dataclass(frozen=True)
class _Documents:
    """A collection, and the server's clock before it is read."""

    source: System
    collection: "Collection[dict[str, Any]]"
    clock: dt.datetime

    def pulled(self, landed: Landed) -> Iterator[NewFile]:
        """The landing files of what is new."""
        new = self.source.new
        if isinstance(new, Export):
            yield from whole(self._frames({}), landed)
        elif isinstance(new, ByMark):
            since = landed.since(self.clock, new.overlap)
            until = None if isinstance(new.overlap, int) else self.clock
            yield from by_mark(self._marked(new, since), landed, since, until, until)
        elif isinstance(new, Changes):
            yield from changes.pulled(self.collection, new, landed)

    def counted(self, mark: ByMark | Changes) -> Waiting:
        """How many documents there are, and the lowest mark."""
        rows = self.collection.count_documents({}, maxTimeMS=_HOUR_MS)
        if isinstance(mark, Changes):
            return Waiting(rows)
        marked = {mark.column: {"$type": _type_of(mark)}}
        lowest = self.collection.find(marked, {mark.column: 1}).sort(mark.column, 1).limit(1)
        return Waiting(rows, oldest=next((_mark_of(one, mark) for one in lowest), None))

    def _marked(self, mark: ByMark, since: Mark | None) -> Iterator[pl.DataFrame]:
        """The documents with marks from one on, and those without, in the order of marks."""
        without = {mark.column: {"$not": {"$type": _type_of(mark)}}}
        asked = {} if since is None else {"$or": [{mark.column: {"$gte": since}}, without]}
        return self._frames(asked, mark)

    def _frames(
        self, asked: Mapping[str, Any], mark: ByMark | None = None
    ) -> Iterator[pl.DataFrame]:
        """Documents as JSON, some at a time, with their marks where one is named."""
        from bson import json_util

        options, found = json_util.RELAXED_JSON_OPTIONS, self.collection.find(asked)
        found = found.max_time_ms(_HOUR_MS).batch_size(BATCH)
        told, marks = [], []
        for document in found.sort(mark.column, 1) if mark else found:
            told.append(json_util.dumps(document, json_options=options))
            marks.append(_mark_of(document, mark) if mark else None)
            if len(told) >= BATCH:
                yield _frame(told, marks, mark)
                told, marks = [], []
        yield _frame(told, marks, mark)


def _type_of(mark: ByMark) -> str:
    return "number" if isinstance(mark.overlap, int) else "date"


def _mark_of(document: Mapping[str, Any], mark: ByMark) -> Mark | None:
    """The mark of a document; null where it is of another type, or of no calendar."""
    found: Any = document
    for name in mark.column.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(mark.overlap, int):
        return int(found) if isinstance(found, int) and not isinstance(found, bool) else None
    return found if isinstance(found, dt.datetime) else None


def _frame(told: list[str], marks: list[Mark | None], mark: ByMark | None) -> pl.DataFrame:
    documents = pl.DataFrame({DOCUMENT: told}, {DOCUMENT: pl.String})
    if mark is None:
        return documents
    dtype = pl.Int64() if isinstance(mark.overlap, int) else pl.Datetime("us", "UTC")
    return documents.with_columns(pl.Series(MARK, marks, dtype))


@contextmanager
def _opened(source: System, address: Address) -> Iterator[_Documents]:
    """The collection. SourceError where anything refuses."""
    try:
        from bson.codec_options import CodecOptions, DatetimeConversion
        from pymongo import errors
    except ImportError:
        raise DriverMissingError(address.kind, EXTRA) from None
    try:
        client = client_of(address)
    except errors.PyMongoError as error:
        raise UnreachableError(said(error, address)) from None
    with client:
        try:
            clock = client.admin.command("hello")["localTime"].replace(tzinfo=dt.UTC)
        except errors.PyMongoError as error:
            raise UnreachableError(said(error, address)) from None
        database, _, name = source.object.partition(".")
        codec: CodecOptions[dict[str, Any]] = CodecOptions(
            tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO
        )
        try:
            if not name:
                raise SourceError(
                    f"`{source.object}` is no collection: say it as <database>.<collection>"
                )
            if name not in client[database].list_collection_names():
                raise SourceError(
                    f"there is no collection {source.object}, or the reader may not read it: grant "
                    f"it the role `read` on {database}"
                )
            yield _Documents(source, client[database].get_collection(name, codec), clock)
        except errors.PyMongoError as error:
            raise SourceError(said(error, address)) from None


def said(error: Exception, address: Address) -> str:
    """What went wrong, without the servers that were tried and their state."""
    return address.without_secrets(str(error).partition(", full error:")[0].partition(" (conf")[0])
