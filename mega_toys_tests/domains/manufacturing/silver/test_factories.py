import datetime as dt
from typing import Any

from mega_toys.domains.manufacturing.silver.factories import (
    Factories,
    factories_whose_time_zone_changed,
)
from mega_toys_tests.domains.rows import rows, utc


def version(factory: str, zone: str, valid_from: str, came: str) -> dict[str, Any]:
    return {
        "factory_id": factory,
        "time_zone": zone,
        "valid_from": utc(valid_from),
        "_ingested_at": utc(came),
    }


def moved(*versions: dict[str, Any]) -> list[tuple[Any, ...]]:
    return factories_whose_time_zone_changed(rows(Factories, *versions)).collect().rows()


BERLIN = version("F1", "Europe/Berlin", "2026-01-01 00:00", "2026-01-01 01:00")
LISBON = version("F1", "Europe/Lisbon", "2026-03-01 00:00", "2026-03-01 01:00")


def test_a_factory_with_another_time_zone_is_told() -> None:
    instant = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)

    assert moved(BERLIN, LISBON) == [("F1", "Europe/Berlin", "Europe/Lisbon", instant)]


def test_a_factory_that_came_or_changed_something_else_is_not() -> None:
    renamed = version("F1", "Europe/Berlin", "2026-03-01 00:00", "2026-03-01 01:00")
    other = version("F2", "Asia/Kolkata", "2026-03-01 00:00", "2026-03-01 01:00")

    assert moved(BERLIN, renamed, other) == []


def test_it_is_told_until_other_news_of_factories_comes() -> None:
    other = version("F2", "Asia/Kolkata", "2026-03-02 00:00", "2026-03-02 01:00")

    assert moved(BERLIN, LISBON, other) == []
