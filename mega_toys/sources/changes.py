"""The changes of a collection of MongoDB, as a replica set streams them.

First all documents land, with the operation time before they were read; then what changed after
the last operation time that landed. It is the mark of a record, as an instant: of its second, with
the number of the operation in that second as microseconds.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

import polars as pl

from mega_toys.declared.errors import SourceError
from mega_toys.declared.source import Changes
from mega_toys.sources.batches import MARK, by_mark
from mega_toys.sources.contents import DOCUMENT
from mega_toys.sources.landed import Landed, NewFile

if TYPE_CHECKING:
    from bson.timestamp import Timestamp
    from pymongo.collection import Collection

    Documents = Collection[dict[str, Any]]

BATCH = 10_000  # documents
_EVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # when documents changed that were there before
_MOST_US = 999_999
_OPS = {"insert": "c", "update": "u", "replace": "u", "delete": "d"}
_GONE = (136, 280, 286)  # of errors: what is asked for is in the oplog no longer
_HOUR_MS = 3_600_000


def pulled(collection: "Documents", new: Changes, landed: Landed) -> Iterator[NewFile]:
    """The landing files of what changed since the last one; of all documents where none is."""
    from pymongo import ReadPreference

    collection = collection.with_options(read_preference=ReadPreference.PRIMARY)  # others lag
    if landed.until is None:
        yield from _whole(collection, new, landed, _EVER)
        return
    if not isinstance(landed.until, dt.datetime):
        raise SourceError(landed.other_marks)
    try:
        yield from _since(collection, new, landed, landed.until)
    except _GoneError as error:
        if not landed.anew:
            raise SourceError(
                f"the changes of {landed.source.object} since {landed.until:%Y-%m-%d %H:%M:%S} UTC "
                f"cannot be read: {error}. All documents land anew by `mega-toys pull "
                f"{landed.table.name} --anew`; what was deleted meanwhile is not told"
            ) from None
        yield from _whole(collection, new, landed, None)


class _GoneError(Exception):
    """A stream does not go on where what landed ends."""


def _whole(
    collection: "Documents", new: Changes, landed: Landed, at: dt.datetime | None
) -> Iterator[NewFile]:
    """All documents, after which the changes since now go on; `at` is when they changed."""
    now = _instant(_operation_time(collection))
    found = collection.find({}).max_time_ms(_HOUR_MS).batch_size(BATCH)
    records = (_record(one, new, at or now, "r") for one in found)
    frames = (_frame([text for _, text in part]) for _, part in _parts(records))
    yield from by_mark(frames, landed, None, None, now)


def _parts(records: Iterator[str]) -> Iterator[tuple[int, Iterator[tuple[int, str]]]]:
    return groupby(enumerate(records), lambda told: told[0] // BATCH)


def _operation_time(collection: "Documents") -> "Timestamp":
    told = collection.database.command("ping")  # which the primary answers
    time: Timestamp | None = told.get("operationTime")
    if time is None:
        raise SourceError("changes are streamed by replica sets, of which this server is none")
    return time


def _since(
    collection: "Documents", new: Changes, landed: Landed, until: dt.datetime
) -> Iterator[NewFile]:
    """The changes after an operation time; a file ends where such a time does."""
    told, marks = list[str](), list[dt.datetime]()
    for at, text in _events(collection, new, until):
        if len(told) >= BATCH and at != marks[-1]:
            yield from landed.by_mark(*_marked(told, marks), None, None)
            told, marks = [], []
        told.append(text)
        marks.append(at)
    if told:
        yield from landed.by_mark(*_marked(told, marks), None, None)


def _events(
    collection: "Documents", new: Changes, until: dt.datetime
) -> Iterator[tuple[dt.datetime, str]]:
    """The changes as documents, up to now. Of an update whose document is gone a deletion tells."""
    from bson.timestamp import Timestamp
    from pymongo.errors import OperationFailure

    after = Timestamp(int(until.timestamp()), min(until.microsecond + 1, _MOST_US))
    asked: Any = {"start_at_operation_time": after, "full_document": "updateLookup"}
    try:
        with collection.watch(**asked) as stream:
            while (event := stream.try_next()) is not None:
                kind, at = event["operationType"], _instant(event["clusterTime"])
                if kind == "invalidate":
                    raise _GoneError("it was dropped or renamed since")
                document = event.get("fullDocument")
                if kind == "delete":
                    document = event["documentKey"]
                if kind in _OPS and document is not None:
                    yield at, _record(document, new, at, _OPS[kind])
    except OperationFailure as error:
        if error.code in _GONE:
            raise _GoneError("the server's oplog reaches back no further") from None
        raise


def _instant(time: "Timestamp") -> dt.datetime:
    told = dt.datetime.fromtimestamp(time.time, dt.UTC)
    return told.replace(microsecond=min(time.inc, _MOST_US))


def _record(document: Mapping[str, Any], new: Changes, at: dt.datetime, op: str) -> str:
    from bson import json_util

    told = {**document, new.at: at.isoformat(timespec="microseconds"), new.op: op}
    return json_util.dumps(told, json_options=json_util.RELAXED_JSON_OPTIONS)


def _frame(told: list[str]) -> pl.DataFrame:
    mark = pl.lit(None, pl.Datetime("us", "UTC")).alias(MARK)
    return pl.DataFrame({DOCUMENT: told}, {DOCUMENT: pl.String}).with_columns(mark)


def _marked(told: list[str], marks: list[dt.datetime]) -> tuple[pl.DataFrame, pl.Series]:
    return pl.DataFrame({DOCUMENT: told}), pl.Series(marks, dtype=pl.Datetime("us", "UTC"))
