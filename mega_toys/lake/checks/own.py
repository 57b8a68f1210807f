"""The checks that a table's own file declares: each a query for what is wrong."""

import datetime as dt
from functools import partial
from inspect import getdoc

import polars as pl

from mega_toys.declared.contract import Check
from mega_toys.declared.days import spans
from mega_toys.declared.extents import Read, reads_of
from mega_toys.lake.building.computed import scan_read
from mega_toys.lake.checks.check import Query
from mega_toys.lake.checks.look import Look
from mega_toys.lake.run.work import in_spans


def of(check: Check) -> Query:
    """The check under the name of its query."""
    return Query(
        name=check.finds.__name__,
        description=getdoc(check.finds) or "",
        blocks=check.blocks,
        wrong=partial(_wrong, check),
    )


def _wrong(check: Check, look: Look, days: set[dt.date]) -> pl.LazyFrame:
    inputs = {name: _read(read, look, days) for name, read in reads_of(check.finds).items()}
    wrong = check.finds(**inputs)
    if look.table.day_column and "day" in wrong.collect_schema():
        wrong = wrong.filter(in_spans("day", spans(days)))
    return wrong


def _read(read: Read, look: Look, days: set[dt.date]) -> pl.LazyFrame:
    if read.table == look.table.name:
        return look.rows(days)
    scanned = (read, frozenset(days))
    if scanned not in look.inputs:
        look.inputs[scanned] = (
            scan_read(read, days, look.work) if days else look.work.store.scan(read.table)
        )
    return look.inputs[scanned]
