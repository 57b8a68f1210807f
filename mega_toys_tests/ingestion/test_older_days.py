"""The older landing days of a bucket are listed in turn, so many objects by a look."""

import datetime as dt
from collections.abc import Iterator

import pytest

from mega_toys.ingestion import older_days
from mega_toys.ingestion.older_days import HOLDS_S, OlderDays
from mega_toys.lake.store.entry import Entry

FIRST = dt.date(2026, 3, 10)
DATASETS = ["shop/carts", "shop/orders"]


class Zone:
    """Objects by their paths with their marks, and how many of them were listed."""

    def __init__(self) -> None:
        days = [f"2026-01-0{day}" for day in range(1, 8)]
        self.marks = {f"{one}/{day}/a.csv": "1" for one in DATASETS for day in days}
        self.listed = 0

    def below(self, path: str, after: str = "") -> Iterator[Entry]:
        for one in sorted(name for name in self.marks if name.startswith(f"{path}/")):
            self.listed += 1
            yield Entry(one, 1, 0, self.marks[one])


def listed(older: OlderDays, zone: Zone, now: float, first: dt.date = FIRST) -> int:
    before = zone.listed
    older.look(zone, DATASETS, first, now)  # type: ignore[arg-type]
    return zone.listed - before


@pytest.fixture
def zone() -> Zone:
    return Zone()


@pytest.fixture
def older(zone: Zone) -> OlderDays:
    made = OlderDays()
    listed(made, zone, 0)
    return made


@pytest.mark.parametrize("path", ["shop/orders/2026-01-03/a.csv", "shop/carts/2026-01-08/b.csv"])
@pytest.mark.parametrize("mark", ["2", None])
def test_what_came_went_or_changed_is_seen_once_a_listing_no_longer_holds(
    older: OlderDays, zone: Zone, path: str, mark: str | None
) -> None:
    before = older.changes
    zone.marks.pop(path, None)
    if mark or path.endswith("b.csv"):
        zone.marks[path] = mark or "1"

    assert listed(older, zone, HOLDS_S - 1) == 0
    assert older.changes == before
    listed(older, zone, HOLDS_S + 1)
    assert older.changes == before + 1


def test_nothing_is_seen_where_nothing_changed_or_only_days_of_late(
    older: OlderDays, zone: Zone
) -> None:
    before = older.changes
    zone.marks[f"shop/orders/{FIRST}/a.csv"] = "1"

    for number in range(1, 5):
        listed(older, zone, number * (HOLDS_S + 1))

    assert older.changes == before


def test_a_look_lists_so_many_objects_and_the_next_one_goes_on(
    older: OlderDays, zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(older_days, "AT_ONCE", 4)
    before = older.changes
    zone.marks["shop/orders/2026-01-07/b.csv"] = "1"
    now = HOLDS_S + 1

    looks = [listed(older, zone, now + number) for number in range(6)]

    assert max(looks) <= 4
    assert sum(looks) == len(zone.marks)
    assert older.changes == before + 1


def test_what_grew_older_since_it_was_listed_is_listed_as_a_whole_again(
    older: OlderDays, zone: Zone
) -> None:
    before = older.changes

    listed(older, zone, HOLDS_S + 1, FIRST + dt.timedelta(days=1))

    assert older.changes == before + len(DATASETS)
