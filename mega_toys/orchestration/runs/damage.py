"""What lacks data files, or whose quarantine does, is shown as failed until it is mended."""

from collections.abc import Iterable

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import LakeError
from mega_toys.operations.crash import CrashError
from mega_toys.operations.plan import Plan
from mega_toys.operations.problems import Problem
from mega_toys.orchestration.reporting.events import key_of
from mega_toys.orchestration.reporting.run_log import RunLog
from mega_toys.orchestration.runs.missing_events import days_not_built, is_shown_as_failed


def damaged_tables(found: Iterable[Problem], catalog: Catalog) -> dict[str, str]:
    """The tables of a catalog that are damaged, by name, and how."""
    told = {one.table: one.told for one in found}
    return {
        str(table.name): told[str(name)]
        for table in catalog
        for name in table.written_to
        if str(name) in told
    }


def show_damage(found: Iterable[Problem], plan: Plan, catalog: Catalog, log: RunLog) -> set[str]:
    """Show damaged tables as failed, also where nothing was to be built of them; their names."""
    lacks = damaged_tables(found, catalog)
    for name, told in lacks.items():
        table = catalog[name]
        if not is_shown_as_failed(table, log.instance):
            crash = CrashError.of(LakeError(told), table)
            log.failed(key_of(table.name), crash, days_not_built(plan.of(table), log.instance))
    return {*lacks}
