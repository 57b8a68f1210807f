"""Why, asked of a table or one of its days."""

import datetime as dt

from mega_toys.declared.errors import LakeError
from mega_toys.lake.reading.by_name import not_there
from mega_toys.operations.plan import Plan
from mega_toys.operations.why.cause import Cause, once
from mega_toys.operations.why.changed import Changes
from mega_toys.operations.why.of_day import of_day
from mega_toys.operations.why.standing import stale, standing


def why_of(name: str, plan: Plan, day: dt.date | None, within: dt.timedelta) -> list[Cause]:
    """Why a table is as it is, or a day of it, and what changed within some time.

    Raises UnknownTableError; LakeError where it is not in the lake, or has no days; what a table
    says that cannot be read.
    """
    work = plan.work
    table = work.catalog[name]
    if not work.store.exists(name):
        raise LakeError(not_there(name, work.store))
    work.store.refuse_damage(name)
    if day is not None and "day" not in table.schema:
        raise LakeError(f"The rows of {name} are of no day: ask without one.")
    if day is None:
        causes = standing(table, plan)
    else:
        todo = plan.of(table)
        is_stale = day in todo.days_if_known()
        causes = [*of_day(table, work, day), *(stale(todo, plan) if is_stale else ())]
    recent = Changes(work, work.now() - within).of(table, day)
    hours = f"{within.total_seconds() / 3600:g} h"
    what = f"{name} on {day}" if day else name
    return once([*causes, *(recent or [Cause(f"Nothing changed {what} within {hours}.")])])
