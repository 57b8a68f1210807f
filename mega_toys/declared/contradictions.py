"""The refusal of tables whose declarations contradict each other, where types cannot do it."""

import re
from collections.abc import Iterator, Mapping

import polars as pl

from mega_toys.declared.dataset import LANDING, Deleted
from mega_toys.declared.errors import DeclarationError
from mega_toys.declared.extents import reads_of
from mega_toys.declared.name import TableName
from mega_toys.declared.privacy import is_weaker, privacy_of
from mega_toys.declared.sent_as_faults import faults
from mega_toys.declared.source import faults_of
from mega_toys.declared.table import (
    Bronze,
    ByBusinessDay,
    ByDay,
    ByKey,
    Events,
    FromBronze,
    Table,
)

_VERSION = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}")
_MARKS = {"text": str, "int": int, "bool": bool}  # the types of a deletion mark, by its field's


def refuse_contradictions(tables: Mapping[TableName, Table]) -> None:
    """Raise DeclarationError for the first table whose declaration cannot be meant so."""
    for table in tables.values():
        for told in _contradictions(table, tables):
            raise DeclarationError(f"{table.name} {told}")


def _contradictions(table: Table, tables: Mapping[TableName, Table]) -> Iterator[str]:
    for name in table.reads:
        if name not in tables:
            yield f"reads {name}, which no file declares."
    yield from _of_contract(table)
    if table.schema.get("day") != pl.Date():
        if isinstance(table, (ByBusinessDay, ByDay)):
            yield (
                f"is of kind {table.kind}: give its rows a column `day` of type date, or declare "
                "another kind."
            )
        elif isinstance(table, ByKey) and table.by_day:
            yield "is to lie `by_day`: give its rows a column `day` of type date."
    if isinstance(table, Bronze):
        yield from _of_dataset(table)
    if isinstance(table, FromBronze):
        yield from _of_records(table, tables[table.bronze])


def _of_contract(table: Table) -> Iterator[str]:
    if not table.contract.owner:
        yield (
            "names no owner: say `Contract(owner=…)`, or for the whole domain "
            f"`DOMAIN = Domain(owner=…)` in the `__init__.py` of `{table.name.domain}`."
        )
    if not _VERSION.fullmatch(table.contract.version):
        yield f"is of version {table.contract.version!r}: three numbers are wanted, as 1.0.0."
    for name, privacy in privacy_of(table).items():
        if is_weaker(table.contract.privacy, privacy):
            yield (
                f"is {table.contract.privacy} and its column `{name}` {privacy}: a table is of the "
                f"class of its most private column. Say `Contract(privacy={privacy!r})`."
            )


def _of_dataset(bronze: Bronze) -> Iterator[str]:
    dataset = bronze.dataset
    sequence = [] if dataset.sequence in (None, LANDING) else [dataset.sequence]
    named = (*dataset.key, *dataset.business_time, *sequence)
    for name in dict.fromkeys(one for one in named if one not in bronze.fields):
        yield f"has no field `{name}`, which its dataset names."
    if dataset.complete and dataset.deleted:
        yield "declares `complete` and `deleted`: its deliveries tell what is deleted in one way."
    yield from faults_of(dataset.source, complete=dataset.complete)
    if dataset.deleted:
        yield from _of_mark(dataset.deleted, bronze)
    for fault in faults(dataset.sent_as, bronze.fields):
        yield f"has a `sent_as` that cannot be: {fault}"


def _of_mark(mark: Deleted, bronze: Bronze) -> Iterator[str]:
    sent = bronze.fields.get(mark.field)
    if sent is None:
        yield f"has no field `{mark.field}`, which its dataset names in `deleted`."
    elif mark.value is None:
        if sent.required:
            yield (
                f"would have every record deleted, since `{mark.field}` is required: let it be "
                "optional, or name its value that marks what is deleted."
            )
    elif type(mark.value) is not _MARKS.get(sent.type):
        yield (
            f"cannot mark what is deleted by the value {mark.value!r} of `{mark.field}`, which is "
            f"of type {sent.type}: name a value of a text, a whole number or a flag."
        )


def _of_records(table: FromBronze, received: Table) -> Iterator[str]:
    taken = [read.table for read in reads_of(table.build).values()]
    if not isinstance(received, Bronze):
        yield f"is received from {received.name}, which is no bronze table."
    elif taken != [received.name]:
        yield (
            f"is received from {received.name}, and its transform `{table.build.__name__}` takes "
            f"{' and '.join(map(str, taken)) or 'nothing'}: it is given those records alone."
        )
    else:
        yield from _of_times(table, received)
        yield from _of_versions(table, received)
    if table.zone_of is not None and table.zone_of not in table.known:
        yield f"takes the time zone of `{table.zone_of}`: name in `known` the table that has it."


def _of_versions(table: FromBronze, received: Bronze) -> Iterator[str]:
    """What tells the versions of a record apart must be columns of the rows that are kept."""
    dataset = received.dataset
    if isinstance(table, Events) or dataset.sequence is None:
        return
    sequence = [] if dataset.sequence == LANDING else [dataset.sequence]
    for name in dict.fromkeys(one for one in (*dataset.key, *sequence) if one not in table.schema):
        yield (
            f"is of kind {table.kind}, which compares what comes with the rows it has by `{name}`: "
            f"give its rows that column, as {received.name} has it."
        )


def _of_times(table: FromBronze, received: Bronze) -> Iterator[str]:
    dataset = received.dataset
    if isinstance(table, Events) and dataset.tells_deletions:
        yield (
            f"is of kind {table.kind}, which are immutable facts, and the dataset of "
            f"{received.name} tells what is deleted: declare `Current`, or no deletions."
        )
    if not isinstance(table, Events) and dataset.sequence is None:
        yield (
            f"is of kind {table.kind}, and the dataset of {received.name} declares no `sequence`: "
            "name the field that tells the newest version there, or `LANDING` where what is "
            "received last is the newest, or declare `Events`."
        )
    if not isinstance(table, ByBusinessDay):
        return
    if not dataset.business_time:
        yield (
            f"is of kind {table.kind}, and the dataset of {received.name} declares no "
            "`business_time`: name the fields that tell it, or declare `History` or `Reference`."
        )
    elif "day" in received.fields and dataset.business_time != ("day",):
        yield (
            f"needs `day` for its business day, and {received.name} has a field of that name: "
            "declare it as the business time, or give the field another name."
        )
