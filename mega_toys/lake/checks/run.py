"""Which checks a table has, and their run."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from mega_toys.declared.table import Bronze, ByBusinessDay, Counted, Events, FromBronze, Table
from mega_toys.declared.unnamed import private_columns, shown
from mega_toys.lake.checks import own
from mega_toys.lake.checks.check import Declared, Query, Tally, Told, found, with_failing
from mega_toys.lake.checks.delivered import (
    DELIVERIES_ARE_COMPLETE,
    FIELDS_ARE_KNOWN,
    FILES_ARE_IN_BRONZE,
    FILES_ARE_NO_TABLE_COPIED,
    FILES_ARE_READ,
    FILES_LANDED_BY_TOMORROW,
)
from mega_toys.lake.checks.judged import of_records
from mega_toys.lake.checks.look import Look
from mega_toys.lake.checks.pace import IS_FRESH, VOLUME_IS_USUAL
from mega_toys.lake.checks.references import EVENTS_ARE_ON_ONE_DAY, foreign_keys
from mega_toys.lake.checks.shares import SHARES_ARE_USUAL
from mega_toys.lake.checks.stored import KEYS_ARE_UNIQUE, SCHEMA_IS_AS_DECLARED
from mega_toys.lake.checks.values import of_values
from mega_toys.lake.run.found import Found
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work


def declared(table: Table) -> list[Declared]:
    """The checks of a table, generic ones first."""
    return list(_checks(table))


def run_checks(
    table: Table, outcome: Outcome, work: Work, *, everything: bool = False
) -> list[Found]:
    """One result for each check, for the whole table.

    What was touched is looked at, what no run has looked at yet, and what failed before; or
    everything.
    """
    checks = list(_checks(table))
    names = frozenset(check.name for check in checks)
    private = private_columns(work.catalog)
    return [
        replace(one, examples=[shown(example, table, private) for example in one.examples])
        for one in _run(checks, Look(table, outcome, work, names, everything))
    ]


def freshness(table: Table, work: Work) -> Found:
    """Whether the table is as fresh as its contract promises, now."""
    return IS_FRESH.look(Look(table, Outcome(str(table.name)), work))


def _checks(table: Table) -> Iterator[Told | Query]:
    yield SCHEMA_IS_AS_DECLARED
    yield KEYS_ARE_UNIQUE
    yield from of_values(table)
    if isinstance(table, FromBronze):
        yield from of_records(table)
    if isinstance(table, Bronze):
        yield FILES_ARE_IN_BRONZE
        yield FILES_ARE_READ
        yield FIELDS_ARE_KNOWN
        yield FILES_LANDED_BY_TOMORROW
        yield FILES_ARE_NO_TABLE_COPIED
        if table.dataset.complete:
            yield DELIVERIES_ARE_COMPLETE
    if _has_business_time(table):
        yield VOLUME_IS_USUAL
    if isinstance(table, Events):
        yield EVENTS_ARE_ON_ONE_DAY
    if isinstance(table, Counted):
        yield SHARES_ARE_USUAL
    yield from foreign_keys(table)
    yield from map(own.of, table.checks)
    yield IS_FRESH


def _has_business_time(table: Table) -> bool:
    """Whether its records tell when what they say happened: so many come on a day."""
    of_source = isinstance(table, Bronze) and bool(table.dataset.business_time)
    return of_source or isinstance(table, ByBusinessDay)


def _run(checks: Sequence[Told | Query], look: Look) -> list[Found]:
    columns = _told(SCHEMA_IS_AS_DECLARED, look)
    if look.other_columns:
        unseen = {"problem": f"not looked at, since {SCHEMA_IS_AS_DECLARED.name} fails"}
        others = [found(check, unseen, blocks=False, severity="warn") for check in checks[1:]]
        return [columns, *(with_failing(other, set(), set()) for other in others)]
    read = _read([check for check in checks if isinstance(check, Query)], look)
    return [columns, *(_result(check, look, read) for check in checks[1:])]


def _result(check: Told | Query, look: Look, read: dict[str, Found]) -> Found:
    return read[check.name] if isinstance(check, Query) else _told(check, look)


def _told(check: Told, look: Look) -> Found:
    result = check.look(look)
    if not check.days:
        return with_failing(result, set() if result.passed else set(result.by_day), set())
    return with_failing(result, set(result.by_day), look.left(check.name, blocks=check.blocks))


def _read(queries: list[Query], look: Look) -> dict[str, Found]:
    """The results of all queries; those that look at the same days are read together."""
    tallies = {check.name: Tally() for check in queries}
    together: dict[frozenset[dt.date], list[Query]] = {}
    for check in queries:
        again = look.again(check.name, blocks=check.blocks)
        together.setdefault(frozenset(look.days | again), []).append(check)
    for days, checks in together.items():
        _tally(checks, set(days), look, tallies)
    return {check.name: _counted(check, tallies[check.name], look) for check in queries}


def _tally(queries: list[Query], days: set[dt.date], look: Look, tallies: dict[str, Tally]) -> None:
    """Count what is wrong on some days, a bounded number of rows at a time."""
    for part in look.parts(days):
        wrong = pl.collect_all([check.wrong(look, part) for check in queries])
        for check, rows in zip(queries, wrong, strict=True):
            tallies[check.name].add(rows, check.counted, part)
            tallies[check.name].looked_at += _height(check, part, look)


def _height(check: Query, part: set[dt.date], look: Look) -> int:
    """How many rows a query looked at."""
    if check.of_keys and look.keys(check.name) is not None:
        return look.outcome.rows_of_keys
    return sum(look.rows_by_day.get(day, 0) for day in part) if part else look.height


def _counted(check: Query, tally: Tally, look: Look) -> Found:
    result = found(
        check,
        rows=tally.rows,
        examples=tally.examples,
        by_day=dict(sorted(tally.by_day.items())),
        numbers={"rows_looked_at": tally.looked_at},
    )
    return with_failing(result, tally.failing, look.left(check.name, blocks=check.blocks))
