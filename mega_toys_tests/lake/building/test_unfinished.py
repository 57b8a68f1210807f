"""What a run that died has built upon leaves nothing behind, whatever is sent afterwards."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from mega_toys.declared.catalog import Catalog
from mega_toys.operations.rebuild import rebuild
from mega_toys_tests.dying import ending_at
from mega_toys_tests.lakes import Lake, needed_for

DOWNTIMES, ORDERS = "manufacturing.silver.downtimes", "commerce.silver.orders"
TABLES = needed_for(DOWNTIMES, ORDERS)
DAY = dt.date(2026, 3, 10)
ZONES = ("Europe/Berlin", "Pacific/Kiritimati")  # there, noon of UTC is on the next day


def at(day: int) -> str:
    return f"{DAY + dt.timedelta(day)}T12:00:00Z"


def order(number: int, version: int = 0) -> dict[str, Any]:
    return {
        "order_id": f"o{number}", "customer_id": "c", "placed_at": at(0), "updated_at": at(version),
        "status": "paid", "currency": "eur", "country": "de", "channel": "web",
        "items": [{"line_no": 1, "sku": "T", "quantity": 1, "unit_price": "5"}],
    }  # fmt: skip


def downtime(number: int, factory: int = 0, day: int = 0) -> dict[str, Any]:
    return {
        "downtime_id": f"d{number}", "factory_id": f"F{factory}", "machine_id": f"M{factory}",
        "kind": "planned", "started_at": at(day), "updated_at": at(0),
    }  # fmt: skip


def factory(number: int, zone: str = "") -> dict[str, Any]:
    return {
        "factory_id": f"F{number}", "name": "n", "country": "de", "currency": "eur",
        "time_zone": zone or ZONES[number], "updated_at": at(0),
    }  # fmt: skip


def machine(number: int) -> dict[str, Any]:
    return {
        "machine_id": f"M{number}", "factory_id": f"F{number}", "line_id": "L", "model": "m",
        "commissioned_on": "2026-01-01", "updated_at": at(0),
    }  # fmt: skip


class Scene:
    """A lake that is refreshed, maybe by a run that dies at a step."""

    def __init__(self, folder: Path, tables: Catalog = TABLES) -> None:
        self.lake = Lake(folder, tables)

    def send(self, dataset: str, *records: dict[str, Any], day: int = 0, name: str = "a") -> None:
        self.lake.send(f"{dataset}/{DAY + dt.timedelta(day)}/{name}.ndjson", *records)

    def register(self, *numbers: int, zone: str = "") -> None:
        """Send the factories and machines that there are."""
        self.send("manufacturing/factories", *(factory(number, zone) for number in numbers))
        self.send("manufacturing/machines", *(machine(number) for number in numbers))

    def refresh(self, dies_at: str = "", of: str = "") -> None:
        """Take in all news, or die at a step of a table; what the table reads is taken in."""
        if not dies_at:
            self.lake.refresh()
            return
        before = needed_for(*map(str, TABLES[of].reads), among=TABLES)
        Lake(self.lake.folder, before).refresh()
        with ending_at(dies_at):
            self.lake.refresh()
            pytest.fail(f"came to its end, past {dies_at}")

    def swap(self) -> None:
        self._rebuilt(swap=True)

    def differences(self) -> list[str]:
        return self._rebuilt(swap=False)

    def _rebuilt(self, *, swap: bool) -> list[str]:
        work, tables = self.lake.work(), list(self.lake.catalog)
        found = rebuild(tables, work, self.lake.zone, swap=swap, say=lambda text: None)
        return [str(one) for one in found]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("dies_at", ["quarantine.written", "accounts.written", "silver.written"])
def test_a_key_of_a_file_that_was_sent_again_twice_goes(scene: Scene, dies_at: str) -> None:
    scene.send("commerce/orders", order(1))
    scene.refresh()
    scene.send("commerce/orders", order(2))
    scene.refresh(dies_at, of=ORDERS)
    scene.send("commerce/orders", order(3))

    scene.refresh()

    assert scene.lake.rows("commerce.silver.orders")["order_id"].to_list() == ["o3"]
    assert scene.differences() == []


@pytest.mark.slow
def test_a_key_that_a_swapped_in_rebuild_took_in_goes_with_its_file(scene: Scene) -> None:
    scene.send("commerce/orders", order(1))
    scene.refresh()
    scene.send("commerce/orders", order(2))
    scene.swap()
    scene.send("commerce/orders", order(3))

    scene.refresh()

    assert scene.lake.rows("commerce.silver.orders")["order_id"].to_list() == ["o3"]
    assert scene.differences() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "between", "after"),
    [((0, 1), (0,), (0, 1)), ((0,), (0, 1), (0,)), ((0, 1), (0,), (0,))],
)
def test_records_of_a_factory_that_comes_and_goes_around_a_dead_run_stand_as_it_does_now(
    scene: Scene, before: tuple[int, ...], between: tuple[int, ...], after: tuple[int, ...]
) -> None:
    scene.register(*before)
    scene.send("manufacturing/downtimes", downtime(1), downtime(2, 1), day=1)
    scene.refresh()
    scene.register(*between)
    scene.send("manufacturing/downtimes", downtime(3, 1), day=1, name="b")
    scene.refresh("silver.written", of=DOWNTIMES)
    scene.register(*after)

    scene.refresh()

    assert scene.differences() == []


@pytest.mark.slow
def test_a_record_that_a_dead_run_placed_by_what_it_knew_is_counted_once(scene: Scene) -> None:
    scene.register(0)
    scene.send("manufacturing/downtimes", downtime(1))
    scene.refresh()
    scene.send("manufacturing/downtimes", downtime(2, 1), day=2, name="b")
    scene.refresh("silver.written", of=DOWNTIMES)
    scene.register(0, 1)

    scene.refresh()

    assert scene.differences() == []


@pytest.mark.slow
def test_a_zone_that_moved_and_moved_back_around_a_dead_run_leaves_no_day_wrong(
    scene: Scene,
) -> None:
    scene.register(0)
    scene.send("manufacturing/downtimes", downtime(1), day=1)
    scene.refresh()
    scene.register(0, zone=ZONES[1])
    scene.refresh("silver.written", of=DOWNTIMES)
    scene.register(0)

    scene.refresh()

    assert scene.differences() == []


@pytest.mark.slow
def test_a_factory_that_goes_and_returns_around_the_building_of_a_day_leaves_it_right(
    tmp_path: Path,
) -> None:
    oee, factories = "manufacturing.gold.oee_daily", "manufacturing.silver.factories"
    scene = Scene(tmp_path, needed_for(oee))
    scene.register(0)
    shift = {"factory_id": "F0", "shift": "early", "day": f"{DAY}", "starts_at": at(0)}
    ends = f"{DAY}T18:00:00Z"
    scene.send("manufacturing/shifts", shift | {"ends_at": ends, "updated_at": at(0)})
    scene.refresh()
    before = scene.lake.rows(oee)
    assert before["day"].to_list() == [DAY]
    scene.send("manufacturing/factories", factory(1))
    Lake(tmp_path, needed_for(factories)).refresh()
    scene.lake.take_in(oee, days={DAY})
    assert scene.lake.rows(oee).is_empty()
    scene.send("manufacturing/factories", factory(0))

    scene.refresh()

    assert scene.lake.rows(oee).equals(before)
