"""What a table's page tells."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
from deltalake.exceptions import DeltaError

from mega_toys.catalog_site.drift import ByDay, Drift, drift, drift_of_versions
from mega_toys.catalog_site.plot import Plot, plot
from mega_toys.catalog_site.strip import Strip, Strips
from mega_toys.declared.days import EVER, Span, listed, said
from mega_toys.declared.described import meanings_of, type_of, unit_of
from mega_toys.declared.errors import MegaToysError
from mega_toys.declared.privacy import privacy_of
from mega_toys.declared.table import Bronze, Table
from mega_toys.declared.words import counted
from mega_toys.lake.checks import IS_FRESH, Declared, declared, noted
from mega_toys.lake.code.hashing import is_of_other_code
from mega_toys.lake.reading.samples import Sample, sample
from mega_toys.lake.run.work import Work
from mega_toys.operations.plan import Plan, Todo
from mega_toys.operations.status import Status, Weight
from mega_toys.operations.why.cause import Cause, once
from mega_toys.operations.why.changed import Changes
from mega_toys.operations.why.standing import standing

LATELY = dt.timedelta(hours=24)  # of which the changes are told
_MOST = 12  # causes of one thing that are told
_DEPTH = 3
_CANNOT_BE_READ: tuple[str, Weight] = "cannot be read", "wrong"
_NOT_THERE: tuple[str, Weight] = "not in the lake", "odd"
_FAILS = (MegaToysError, DeltaError, pl.exceptions.PolarsError, OSError)


@dataclass(frozen=True)
class Column:
    """A declared column."""

    name: str
    type: str
    is_key: bool
    nullable: bool
    unit: str
    privacy: str
    meaning: str


@dataclass(frozen=True)
class CheckShown:
    """A check, and what stands of it."""

    name: str
    looks_for: str
    blocks: bool
    stands: str
    weight: Weight
    is_warning: bool = False
    over_time: Strip | None = None


@dataclass(frozen=True)
class Product:
    """A table with all that its page tells, as it stands."""

    table: Table
    stands: list[tuple[str, Weight]]
    rows: int | None
    days: Plot | None
    taken_in_at: dt.datetime | None
    is_late: bool
    drift: Drift | None
    drift_of_versions: Drift | None
    checks: list[CheckShown]
    why: list[Cause]
    changes: list[Cause]  # of late
    sample: Sample | None
    columns: list[Column]
    status: Status | None

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong, found or to be done."""
        return all(weight == "well" for _, weight in self.stands)


def product(
    table: Table,
    plan: Plan,
    status: Status | None,
    unread: str,
    rejected: ByDay,
    changes: Changes,
) -> Product:
    """A table as it stands; of one that is not there, or damaged, what is known all the same.

    `rejected` are the shares of its records that were rejected, by day; `changes` those of late.
    """
    if unread:
        return _unread(table, plan, status, unread)
    try:
        return _as_it_stands(table, plan, status, rejected, changes)
    except _FAILS as error:  # damaged within, or since it was looked at
        return _unread(table, plan, status, str(error))


def _unread(table: Table, plan: Plan, status: Status | None, why: str) -> Product:
    return Product(
        table=table,
        stands=[_CANNOT_BE_READ if plan.work.store.exists(table.name) else _NOT_THERE],
        rows=None,
        days=None,
        taken_in_at=None,
        is_late=False,
        drift=None,
        drift_of_versions=None,
        checks=[_check(one, "not known", "odd") for one in declared(table)],
        why=[Cause(why)],
        changes=[],
        sample=None,
        columns=_columns(table, plan),
        status=status,
    )


def _as_it_stands(
    table: Table, plan: Plan, status: Status | None, rejected: ByDay, changes: Changes
) -> Product:
    work = plan.work
    taken_in_at = work.store.taken_in_at(table.name)
    late = taken_in_at is None or work.now() - taken_in_at > table.contract.expected_within
    checks = list(_checks(table, work))
    return Product(
        table=table,
        stands=[
            *(status.told(work.now()) if status else _of_bronze(plan.of(table), is_late=late)),
            *_warnings(checks),
        ],
        rows=work.store.height(table.name),
        days=plot(work.store.rows_by_day(work.stored(table)), "row"),
        taken_in_at=taken_in_at,
        is_late=late,
        drift=drift(table, work, status, rejected),
        drift_of_versions=drift_of_versions(table, work),
        checks=checks,
        why=once(_cut(one) for one in standing(table, plan)),
        changes=once(_cut(one) for one in changes.of(table)),
        sample=sample(table, work),
        columns=_columns(table, plan),
        status=status,
    )


def _of_bronze(todo: Todo, *, is_late: bool) -> list[tuple[str, Weight]]:
    """How a table stands that `statuses` does not tell of."""
    state = todo.work.store.state(todo.table.name)
    wrong = ["failed"] * bool(state and state.crashed)
    wrong += [f"failed {check}" for check in noted(todo.table, todo.work).failed]
    found: list[tuple[str, Weight]] = [(told, "wrong") for told in wrong]
    found += [("has files that are not loaded", "odd")] * todo.has_news
    if is_of_other_code(todo.table, state, todo.work.catalog):
        found.append(("built by older code", "odd"))
    found = found or [("up to date", "well")]
    return [*found, ("not fresh", "odd")] if is_late else found


def _warnings(checks: Sequence[CheckShown]) -> list[tuple[str, Weight]]:
    many = sum(check.is_warning for check in checks)
    return [(f"{counted(many, 'check')} found something", "odd")] if many else []


def _checks(table: Table, work: Work) -> Iterator[CheckShown]:
    stands, strips = noted(table, work), Strips(table, work)
    is_looked_at = work.store.state(table.name) is not None
    for one in declared(table):
        strip = strips.of(one.name) if one.name != IS_FRESH.name else None  # by the clock
        if one.name in stands.failed:
            yield _check(one, f"fails{_on(stands.failed[one.name])}", "wrong", strip)
        elif one.name in stands.warned:
            yield _check(one, f"found something{_on(stands.warned[one.name])}", "odd", strip)
        elif is_looked_at:
            yield _check(one, "passes", "well", strip)
        else:
            yield _check(one, "not looked at yet", "odd")


def _check(check: Declared, told: str, weight: Weight, strip: Strip | None = None) -> CheckShown:
    found = told.startswith("found")
    return CheckShown(check.name, check.description, check.blocks, told, weight, found, strip)


def _on(days: tuple[Span, ...]) -> str:
    return "" if EVER in days or not days else f" on {said(listed(days))}"


def _cut(cause: Cause, depth: int = 0) -> Cause:
    """A cause with as much of its causes as can be read."""
    if depth == _DEPTH:
        return Cause(cause.told)
    kept = tuple(_cut(one, depth + 1) for one in cause.because[:_MOST])
    left = len(cause.because) - len(kept)
    return Cause(cause.told, (*kept, Cause(f"and {left} more")) if left else kept)


def _columns(table: Table, plan: Plan) -> list[Column]:
    """The declared columns, those that say where a row comes from last."""
    privacy, keys = privacy_of(table), {*table.key}
    meanings = meanings_of(table, plan.work.catalog) if isinstance(table, Bronze) else {}
    return [
        Column(
            name=name,
            type=type_of(column.dtype),
            is_key=name in keys,
            nullable=column.nullable,
            unit=unit_of(name, column.dtype),
            privacy=privacy[name],
            meaning=column.description or meanings.get(name, ""),
        )
        for name, column in sorted(table.columns.items(), key=lambda one: one[0].startswith("_"))
    ]
