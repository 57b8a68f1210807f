"""When toys are wanted: months, weekdays, campaigns."""

import calendar
import datetime as dt
from functools import cache

from mega_toys.simulator.world import World

MONTHS = (5.3, 5.2, 5.5, 5.5, 5.7, 5.8, 9.3, 11.0, 12.7, 13.2, 12.2, 8.6)  # % of a year's sales
WEB_WEEK = (0.95, 0.92, 0.93, 0.97, 1.05, 1.12, 1.06)
WORKING_WEEK = (1.4, 1.4, 1.4, 1.4, 1.4, 0.0, 0.0)
SOURCES = ("newsletter", "instagram", "youtube", "google", "influencer")
CAMPAIGN_DAYS = 4
CAMPAIGN_LIFT = 1.35
HOLIDAYS = ((1, 1), (5, 1), (12, 25), (12, 26))  # of the banks


def demand(day: dt.date) -> float:
    """Sales of the season compared with an average day of the year."""
    days = calendar.monthrange(day.year, day.month)[1]
    return MONTHS[day.month - 1] / 100 * (365 / days)


@cache
def campaign(world: World, day: dt.date) -> str | None:
    """The `utm_source` of the campaign that runs on the day: one a month, and Black Friday."""
    if day.month == 11 and 22 <= day.day <= 29:
        return "black_friday"
    first = 6 + int(world.rng("campaign", day.replace(day=1)).integers(0, 12))
    runs = first <= day.day < first + CAMPAIGN_DAYS
    return SOURCES[(day.year * 12 + day.month) % len(SOURCES)] if runs else None


def web_demand(world: World, day: dt.date) -> float:
    """Web orders of the day compared with an average day."""
    lift = CAMPAIGN_LIFT if campaign(world, day) else 1.0
    return demand(day) * WEB_WEEK[day.weekday()] * lift


def is_banking_day(day: dt.date) -> bool:
    """Whether exchange rates are published."""
    return day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS
