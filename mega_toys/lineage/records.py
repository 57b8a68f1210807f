"""From bronze to silver: what a record's columns come from before the table's transform maps it.

They follow the fields. Which records become rows every field decides, since each has rules, and the
records of its key that came before and after it.
"""

from collections.abc import Iterator

import polars as pl

from mega_toys.declared.dataset import LANDING
from mega_toys.declared.name import TableName
from mega_toys.declared.table import Bronze, ByBusinessDay, Events, FromBronze, History
from mega_toys.lake.judging.judge import ORDER, Judge, Known
from mega_toys.lake.own.quarantine_tables import SCHEMA as QUARANTINE
from mega_toys.lineage.frames import Frame
from mega_toys.lineage.origins import Origins, Source, Use

_TOLD_BY_PLACING = ("day", "_business_day", "_local", "_late", "_time")
_UNFIT = ("_rescued", "_unfit")  # where what fits no type is looked for


def accepted(table: FromBronze, bronze: Bronze) -> Frame:
    """The valid records of a table, as its transform is given them."""
    schema = _handed_on(table, bronze)
    placed = _placed(table, bronze)
    columns = {
        name: placed
        if name in _TOLD_BY_PLACING and name not in bronze.fields
        else Origins(frozenset({Source(str(bronze.name), name)}))
        for name in schema.names()
    }
    return Frame(schema, columns, frozenset(_chosen(table, bronze)))


def _handed_on(table: FromBronze, bronze: Bronze) -> pl.Schema:
    """The columns that the judge hands on: it is given no record at all."""
    judge = Judge(table, bronze, Known({name: pl.Series(dtype=pl.String) for name in table.known}))
    valid, _ = judge.judged(judge.placed(pl.LazyFrame(schema=bronze.schema)).collect())
    return valid.schema


def _placed(table: FromBronze, bronze: Bronze) -> Origins:
    """A business day: of the business time, on the clock of the factory that the record names."""
    times = frozenset(Source(str(bronze.name), name) for name in bronze.dataset.business_time)
    if not isinstance(table, ByBusinessDay) or table.zone_of is None:
        return Origins(times)
    zones = str(TableName.of(table.known[table.zone_of]))
    by = Source(str(bronze.name), table.zone_of)
    return Origins(
        times | {Source(zones, "time_zone")},
        frozenset(
            {
                Use("join", by),
                Use("join", Source(zones, table.zone_of)),
                Use("filter", Source(zones, "is_current")),
            }
        ),
    )


def _chosen(table: FromBronze, bronze: Bronze) -> Iterator[Use]:
    """What decides which records are rows: rules, what is known, the key, and the order."""
    dataset, of = bronze.dataset, str(bronze.name)
    for name in (*bronze.fields, *_UNFIT):
        yield Use("rule", Source(of, name))
    for name, rows in table.known.items():
        yield Use("rule", Source(str(TableName.of(rows)), name))
    for name in dataset.key:
        yield Use("group", Source(of, name))
    for name in _order(table, bronze):
        yield Use("sort", Source(of, name))
    if dataset.deleted:
        yield Use("filter", Source(of, dataset.deleted.field))
    if isinstance(table, ByBusinessDay):
        placed = _placed(table, bronze)
        yield from placed.uses
        yield from (Use("rule", source) for source in placed.values)


def _order(table: FromBronze, bronze: Bronze) -> tuple[str, ...]:
    sequence = bronze.dataset.sequence
    named = () if isinstance(table, Events) or sequence in (None, LANDING) else (str(sequence),)
    return (*named, *ORDER)


def versions(table: FromBronze, bronze: Bronze) -> dict[str, Origins]:
    """The columns that a history adds: from when until when a version holds."""
    if not isinstance(table, History):
        return {}
    names = {str(bronze.dataset.sequence)}
    if bronze.dataset.tells_deletions:
        names.add(LANDING)
    told = Origins(frozenset(Source(str(bronze.name), name) for name in names))
    return dict.fromkeys(("valid_from", "valid_to", "is_current"), told)


def rejected(table: FromBronze, bronze: Bronze) -> dict[str, Origins]:
    """The columns of the quarantine: a record as it was sent, whole, and the rules it breaks."""
    of = str(bronze.name)
    rules = frozenset(use for use in _chosen(table, bronze) if use.effect == "rule")
    told = {name: frozenset({Source(of, name)}) for name in QUARANTINE.names()} | {
        "day": _placed(table, bronze).values | {Source(of, LANDING)},
        "rules": frozenset(),  # the names of the rules, and no value
        "record": frozenset(Source(of, name) for name in (*bronze.fields, *_UNFIT)),
        "quarantined_at": frozenset(),
    }
    return {name: Origins(values, rules) for name, values in told.items()}
