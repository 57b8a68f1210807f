"""What lacks data files, and what rests on it, is shown as failed until it is mended."""

from collections.abc import Collection, Iterable

from mega_toys.declared.errors import LakeError
from mega_toys.lake.run.work import Work
from mega_toys.operations.crash import CrashError
from mega_toys.operations.plan import Plan
from mega_toys.operations.problems import Problem
from mega_toys.operations.set_aside import blocked_by, why_set_aside
from mega_toys.orchestration.reporting.events import key_of
from mega_toys.orchestration.reporting.run_log import RunLog
from mega_toys.orchestration.runs.missing_events import days_not_built, is_shown_as_failed


def tables_of_damage(found: Iterable[Problem], work: Work) -> dict[str, LakeError | str]:
    """By table its damage, or its quarantine's; or why a table that rests on damage is blocked."""
    told = {one.table: one.told for one in found}
    blocked = blocked_by(told, work)
    why: dict[str, LakeError | str] = {n: why_set_aside(n, on) for n, on in blocked.items()}
    of_quarantines = ((table, name) for table in work.catalog for name in table.written_to)
    damage = {str(t.name): LakeError(told[str(n)]) for t, n in of_quarantines if str(n) in told}
    return why | damage


def show_damage(
    found: Iterable[Problem], plan: Plan, log: RunLog, told: Collection[str]
) -> set[str]:
    """Show damaged tables, and those that rest on them, as failed; the names of all of these.

    Also where nothing was to be built of them. `told` are those that the run has told already.
    """
    damage, catalog = tables_of_damage(found, plan.work), plan.work.catalog
    for name, why in damage.items():
        table = catalog[name]
        if name in told or is_shown_as_failed(table, log.instance):
            continue
        key, days = key_of(table.name), days_not_built(plan.of(table), log.instance)
        if isinstance(why, str):
            log.skipped(key, why, days)
        else:
            log.failed(key, CrashError.of(why, table), days)
    return {*damage}
