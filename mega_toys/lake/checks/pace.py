"""Checks of the pace of deliveries: as much as usual, and as fresh as promised."""

import datetime as dt
from statistics import median
from typing import Any

from mega_toys.declared.days import shifted
from mega_toys.lake.checks.check import Told, found
from mega_toys.lake.checks.look import Look
from mega_toys.lake.run.found import Found

WEEKS = 8
FEWEST_WEEKS = 3
LEAST, MOST = 0.5, 2.0  # share of the median
_HOUR_S = 3600


def _unusual(look: Look) -> Found:
    judged = {day: _beside_median(day, look) for day in _ended(look)}
    compared = {day: told for day, told in judged.items() if told["weeks"] >= FEWEST_WEEKS}
    wrong = {day: told for day, told in compared.items() if not LEAST <= told["of_median"] <= MOST}
    newest = compared[max(compared)] if compared else {}
    return found(
        VOLUME_IS_USUAL,
        *wrong.values(),
        numbers={"days_compared": len(compared), **newest},
        by_day=dict.fromkeys(wrong, 1),
    )


def _ended(look: Look) -> list[dt.date]:
    """The days of the last weeks that are over, in order.

    A day is over when a later one has begun to come in and by the calendar; it is then as full as
    it will be but for what comes late. While it lasts it would always be too small.
    """
    there = [day for day in look.rows_by_day if day is not None]
    if not there:
        return []
    end = min(max(there), shifted(look.work.now().date(), -1))
    weeks = [shifted(end, -days) for days in range(7 * WEEKS, 0, -1)]
    return [day for day in weeks if min(there) <= day < end]


def _beside_median(day: dt.date, look: Look) -> dict[str, Any]:
    before = [look.rows_by_day.get(shifted(day, -7 * week), 0) for week in range(1, WEEKS + 1)]
    filled = [rows for rows in before if rows]
    rows, usual = look.rows_by_day.get(day, 0), median(filled) if filled else 0
    of_median = round(rows / usual, 3) if usual else 0.0
    return {
        "day": day.isoformat(),
        "rows": rows,
        "median": usual,
        "of_median": of_median,
        "weeks": len(filled),
    }


def _stale(look: Look) -> Found:
    now, promised = look.work.now(), look.table.contract.expected_within
    refreshed = now if look.touched else look.work.store.taken_in_at(look.table.name)
    if refreshed is None:
        return found(IS_FRESH, numbers={"refreshed": "never"})
    age, newest = now - refreshed, max((d for d in look.rows_by_day if d), default=None)
    told = {
        "refreshed_at": refreshed.isoformat(timespec="seconds"),
        "age_h": round(age.total_seconds() / _HOUR_S, 2),
        "promised_h": round(promised.total_seconds() / _HOUR_S, 2),
        **({"newest_day": newest.isoformat()} if newest else {}),
    }
    return found(IS_FRESH, *([told] if age > promised else []), numbers=told)


VOLUME_IS_USUAL = Told(
    name="volume_is_usual",
    description=f"Each day of the last {WEEKS} weeks that is over has between half and twice the "
    f"median rows of its weekday in the {WEEKS} weeks before it (where {FEWEST_WEEKS} of them have "
    "rows).",
    look=_unusual,
)
IS_FRESH = Told(
    name="is_fresh",
    description="The table took in something within the time that its contract promises. It is "
    "the moment of taking in that counts, so that data of the past is fresh on the day it is "
    "loaded; the newest day is told beside it.",
    look=_stale,
)
