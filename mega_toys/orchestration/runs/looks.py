"""Whether there is anything to do, and what keeps some of it from being done."""

from dataclasses import replace

import dagster as dg

from mega_toys.ingestion.loading.arrivals import refused
from mega_toys.ingestion.loading.ignored import ignored_files, no_longer_ignored
from mega_toys.lake.building.days_table import days_are_behind
from mega_toys.lake.checks import counted_otherwise
from mega_toys.operations.damaged import naming_damage
from mega_toys.operations.plan import Plan
from mega_toys.operations.problems import Problem, damaged
from mega_toys.operations.refresh import prepare
from mega_toys.operations.set_aside import SetAside
from mega_toys.orchestration.assets.warehouse import to_publish
from mega_toys.orchestration.reporting.checks_shown import shown_otherwise
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.orchestration.runs.damage import tables_of_damage
from mega_toys.orchestration.runs.missing_events import is_shown_as_failed, missing


def something_to_do(lakehouse: Lakehouse, instance: dg.DagsterInstance) -> bool:
    """Whether a refresh would do anything at all; it looks no further than the first news."""
    return damage_if_nothing_to_do(lakehouse, instance) is None


def damage_if_nothing_to_do(
    lakehouse: Lakehouse, instance: dg.DagsterInstance
) -> list[Problem] | None:
    """What is damaged, where a refresh would do nothing at all; none where it would."""
    aside, others = without_torn(lakehouse)
    plan = others.plan("news").at_once()
    with naming_damage(plan.work):
        prepare(plan.work)
        found = list(damaged(plan.work))
        if _something_to_do(lakehouse, others, instance, plan, found):
            return None
    return list(damaged(lakehouse.work("news"))) if aside.torn else found


def _something_to_do(
    lakehouse: Lakehouse,
    others: Lakehouse,
    instance: dg.DagsterInstance,
    plan: Plan,
    found: list[Problem],
) -> bool:
    work = plan.work
    lacks = tables_of_damage(found, work)
    return bool(
        any(True for _ in plan)
        or not all(is_shown_as_failed(others.catalog[name], instance) for name in lacks)
        or ignored_files(lakehouse.catalog.bronze, work, plan.listing)
        or no_longer_ignored(work, plan.listing)
        or days_are_behind(work)
        or counted_otherwise(work)
        or to_publish(lakehouse)
        or any(True for _ in missing(others, instance, lacks, plan))
        or shown_otherwise(others, instance, work)
    )


def without_torn(lakehouse: Lakehouse) -> tuple[SetAside, Lakehouse]:
    """What a torn log keeps from being built, and the lakehouse with all else."""
    aside = SetAside.of(lakehouse.work("news"))
    return aside, replace(lakehouse, catalog=aside.others(lakehouse.catalog))


def unread(lakehouse: Lakehouse) -> list[str]:
    """The paths of the landing zone that could not be read when last tried."""
    return refused(lakehouse.work("news"), lakehouse.listed())
