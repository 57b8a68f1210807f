"""Which checks a table has, and their run."""

from collections.abc import Iterator, Sequence

import polars as pl

from mega_toys.lake.checks import own
from mega_toys.lake.checks.delivered import FIELDS_ARE_KNOWN, FILES_ARE_READ
from mega_toys.lake.checks.found import Declared, Found, Query, Tally, Told, found
from mega_toys.lake.checks.look import Look
from mega_toys.lake.checks.pace import IS_FRESH, VOLUME_IS_USUAL
from mega_toys.lake.checks.records import ACCOUNTS_ADD_UP, RULES_HOLD
from mega_toys.lake.checks.references import EVENTS_ARE_ON_ONE_DAY, foreign_keys
from mega_toys.lake.checks.stored import KEYS_ARE_UNIQUE, SCHEMA_IS_AS_DECLARED
from mega_toys.lake.table import FROM_BRONZE, Kind, Table
from mega_toys.lake.work import Outcome, Work

STANDING = (SCHEMA_IS_AS_DECLARED, ACCOUNTS_ADD_UP, FILES_ARE_READ, IS_FRESH)


def declared(table: Table) -> list[Declared]:
    """The checks of a table, generic ones first."""
    return list(_checks(table))


def run_checks(table: Table, outcome: Outcome, work: Work) -> list[Found]:
    """Look for what is wrong, on the days that were touched; one result for each check."""
    return _run(list(_checks(table)), Look(table, outcome, work))


def run_standing_checks(table: Table, work: Work) -> list[Found]:
    """The checks whose answer does not depend on what a run touched, at any time."""
    checks = [check for check in _checks(table) if check in STANDING]
    return _run(checks, Look(table, Outcome(str(table.name)), work))


def freshness(table: Table, work: Work) -> Found:
    """Whether the table is as fresh as its contract promises, now."""
    return IS_FRESH.look(Look(table, Outcome(str(table.name)), work))


def _checks(table: Table) -> Iterator[Told | Query]:
    yield SCHEMA_IS_AS_DECLARED
    yield KEYS_ARE_UNIQUE
    if table.kind in FROM_BRONZE:
        yield ACCOUNTS_ADD_UP
        yield RULES_HOLD
    if table.kind is Kind.BRONZE:
        yield FILES_ARE_READ
        yield FIELDS_ARE_KNOWN
    if table.kind in (Kind.EVENTS, Kind.CURRENT) or (table.dataset and table.dataset.business_time):
        yield VOLUME_IS_USUAL
    if table.kind is Kind.EVENTS:
        yield EVENTS_ARE_ON_ONE_DAY
    yield from foreign_keys(table)
    yield from map(own.of, table.checks)
    yield IS_FRESH


def _run(checks: Sequence[Told | Query], look: Look) -> list[Found]:
    columns = SCHEMA_IS_AS_DECLARED.look(look)
    if look.other_columns:
        unseen = {"problem": f"not looked at, since {SCHEMA_IS_AS_DECLARED.name} fails"}
        others = [found(check, unseen, blocks=False, severity="warn") for check in checks[1:]]
        return [columns, *others]
    read = _read([check for check in checks if isinstance(check, Query)], look)
    return [columns, *(_result(check, look, read) for check in checks[1:])]


def _result(check: Told | Query, look: Look, read: dict[str, Found]) -> Found:
    return read[check.name] if isinstance(check, Query) else check.look(look)


def _read(queries: list[Query], look: Look) -> dict[str, Found]:
    """The results of all queries, read together and a bounded number of rows at a time."""
    tallies = {check.name: Tally() for check in queries}
    seen = 0
    for days in look.parts() if queries else ():
        wrong = pl.collect_all([check.wrong(look, days) for check in queries])
        for check, rows in zip(queries, wrong, strict=True):
            tallies[check.name].add(rows, check.counted)
        seen += sum(look.rows_by_day.get(day, 0) for day in days) if days else look.height
    return {
        check.name: found(check, numbers={"rows_looked_at": seen}, **vars(tallies[check.name]))
        for check in queries
    }
