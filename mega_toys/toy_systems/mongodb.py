"""MongoDB is filled, by PyMongo.

The key is `_id` alone; money is Decimal128, instants are dates, days are text.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from mega_toys.address import Address
from mega_toys.declared.errors import DriverMissingError, SourceError, UnreachableError
from mega_toys.declared.field import Sent
from mega_toys.sources.mongodb import EXTRA, said
from mega_toys.sources.mongodb_address import client_of
from mega_toys.toy_systems.told import NOTES, Target, typed

if TYPE_CHECKING:
    from pymongo import MongoClient


@dataclass(frozen=True)
class _Collections:
    client: "MongoClient[dict[str, Any]]"

    def until(self, target: Target) -> dt.datetime | None:
        """Until when it was told the story; none where it was not."""
        database, name = target.place
        if name not in self.client[database].list_collection_names():
            return None
        noted = self.client[database][NOTES].find_one({"_id": target.object}) or {}
        target.refuse(noted.get("story"))
        return dt.datetime.fromisoformat(noted["until"]) if "until" in noted else None

    def put(self, target: Target, rows: pl.DataFrame, until: dt.datetime) -> None:
        """Write versions in their order, each over the last of its key; note until when.

        A process that is killed in between writes the same once more.
        """
        from pymongo import ReplaceOne

        database, name = target.place
        if name not in self.client[database].list_collection_names():
            self._make(target)
        told, types = typed(rows, target)
        fields = {one: replace(target.fields[one], type=types[one]) for one in types}
        records = [_as_bson(row, fields) for row in told.iter_rows(named=True)]
        documents = [{"_id": record.pop(target.key), **record} for record in records]
        self.client[database][name].bulk_write(
            [ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in documents]
        )
        noted = {"$set": {"until": str(until)}}
        self.client[database][NOTES].update_one({"_id": target.object}, noted)

    def _make(self, target: Target) -> None:
        database, name = target.place
        noted = {"story": target.story}
        self.client[database][NOTES].replace_one({"_id": target.object}, noted, upsert=True)
        made = self.client[database].create_collection(name)
        if target.mark:
            made.create_index(target.mark)


def _as_bson(record: Mapping[str, Any], fields: Mapping[str, Sent]) -> dict[str, Any]:
    return {name: _value(record[name], field) for name, field in fields.items()}


def _value(value: Any, field: Sent) -> Any:
    from bson.decimal128 import Decimal128

    if value is None:
        return None
    if field.type == "money":
        return Decimal128(str(value))
    if field.type == "date":
        return str(value)
    if field.type == "list" and field.fields:
        return [_as_bson(one, field.fields) for one in value]
    return _as_bson(value, field.fields) if field.type == "object" else value


@contextmanager
def opened(system: str, address: Address) -> Iterator[_Collections]:
    """The system. Raises UnreachableError where it cannot be reached, SourceError of a refusal."""
    try:
        from pymongo import errors
    except ImportError:
        raise DriverMissingError(address.kind, EXTRA) from None
    try:
        client = client_of(address)
        client.admin.command("hello")
    except SourceError as error:  # what the address says
        raise SourceError(f"{system}: {error}") from None
    except errors.PyMongoError as error:
        raise UnreachableError(f"{system} cannot be reached: {said(error, address)}") from None
    try:
        with client:
            yield _Collections(client)
    except errors.PyMongoError as error:
        raise SourceError(f"{system}: {said(error, address)}") from None
