"""A table is made anew beside the live one: what differs is told, and put in when asked to."""

import datetime as dt
import shutil
from pathlib import Path

import polars as pl
import pytest

from mega_toys.declared.errors import LakeError, SettingsError
from mega_toys.lake.building.aside import Difference
from mega_toys.lake.store.lock import only_writer
from mega_toys.operations.rebuild import forget, rebuild
from mega_toys.operations.refresh import prepare
from mega_toys_tests.lakes import Lake, needed_for

ORDERS, LINES = "commerce.silver.orders", "commerce.silver.order_lines"
QUARANTINE, BRONZE = "commerce.quarantine.orders", "commerce.bronze.orders"
TENTH, ELEVENTH = dt.date(2026, 3, 10), dt.date(2026, 3, 11)


def order(number: int, day: str, status: str = "paid") -> dict[str, object]:
    return {
        "order_id": f"O{number}", "customer_id": "C", "placed_at": f"{day}T12:00:00Z",
        "updated_at": f"{day}T12:00:00Z", "status": status, "currency": "eur", "country": "de",
        "channel": "web", "items": [{"line_no": 1, "sku": "T", "quantity": 2, "unit_price": "5"}],
    }  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path, needed_for(LINES))
    for day in (TENTH, ELEVENTH):
        lake.send(f"commerce/orders/{day}/a.ndjson", order(day.day, f"{day}"), order(99, f"{day}"))
    lake.send(f"commerce/orders/{TENTH}/b.ndjson", order(7, f"{TENTH}", status="lost"))
    lake.refresh()
    return lake


def made_anew(lake: Lake, *names: str, swap: bool = False) -> list[Difference]:
    tables = [lake.catalog[name] for name in names] or list(lake.catalog)
    return rebuild(tables, lake.work(), lake.zone, swap=swap, say=lambda text: None)


def spoil(lake: Lake) -> None:
    """Silver loses a day, as no refresh would have it."""
    work = lake.work()
    stored = work.stored(lake.catalog[ORDERS])
    nothing = pl.LazyFrame(schema=stored.schema)
    work.store.replace_days(stored, nothing, [TENTH], work.note(lake.catalog[ORDERS], days=()))


@pytest.mark.parametrize("is_made", [False, True], ids=["removed", "made empty since"])
def test_no_table_is_made_of_an_input_that_is_gone(lake: Lake, *, is_made: bool) -> None:
    before, bronze = lake.rows(ORDERS), "commerce.bronze.orders"
    shutil.rmtree(lake.store.uri(bronze))
    if is_made:  # as a refresh does first, which may be killed then
        prepare(lake.work())

    why = f"{bronze} and lake.files differ" if is_made else f"{bronze} is not in the lake"
    with pytest.raises(LakeError, match=why):
        made_anew(lake, ORDERS, swap=True)

    assert lake.rows(ORDERS).equals(before)
    assert Path(lake.store.uri(bronze)).exists() == is_made
    lake.refresh()
    assert made_anew(lake, ORDERS) == []


@pytest.mark.slow
def test_a_lake_that_is_right_differs_in_nothing_and_is_not_written(lake: Lake) -> None:
    versions = lake.versions()

    assert made_anew(lake, swap=True) == []
    assert lake.versions() == versions
    assert not (Path(lake.store.root) / ".rebuild").exists()


@pytest.mark.slow
def test_what_differs_is_told_by_day_and_put_in_only_when_asked_to(lake: Lake) -> None:
    right = lake.rows(ORDERS, "order_id", "day")
    spoil(lake)
    versions = lake.versions()

    assert made_anew(lake, ORDERS) == [Difference(ORDERS, TENTH, 0, 1, 0, 1)]
    assert lake.versions() == versions
    made_anew(lake, ORDERS, swap=True)

    assert lake.rows(ORDERS, "order_id", "day").equals(right)
    changed = {name for name, version in lake.versions().items() if version != versions[name]}
    assert changed == {ORDERS, "lake.days"}
    lake.refresh()
    assert made_anew(lake) == []


@pytest.mark.slow
def test_a_file_that_was_removed_keeps_what_it_gave_until_all_is_made_anew(lake: Lake) -> None:
    (lake.landing / f"commerce/orders/{ELEVENTH}/a.ndjson").unlink()
    lake.refresh()
    assert lake.rows(BRONZE).height == 5

    told = made_anew(lake, swap=True)
    lake.refresh()

    assert {(one.table, one.day) for one in told if one.table == BRONZE} == {(BRONZE, ELEVENTH)}
    assert lake.rows(BRONZE).height == 3
    assert lake.rows(LINES, "order_id")["order_id"].to_list() == ["O10", "O99"]
    assert made_anew(lake) == []


@pytest.mark.slow
@pytest.mark.parametrize("rows_at_once", [1, 1_000_000])
def test_a_table_made_anew_in_its_place_is_never_seen_half_filled(
    lake: Lake, rows_at_once: int
) -> None:
    versions, lake.rows_at_once = lake.versions(), rows_at_once
    forget([lake.catalog[ORDERS]], lake.work())
    lake.refresh()

    for name in (ORDERS, QUARANTINE):
        now = lake.store.scan(name).collect().sort(pl.all())
        for version in range(versions[name], lake.store.version(name) + 1):
            assert lake.store.scan(name, version).collect().sort(pl.all()).equals(now), version


def test_what_a_killed_rebuild_left_beside_is_of_no_consequence(lake: Lake) -> None:
    with only_writer(lake.store.root, lambda text: None):
        store = lake.work().store.beside([ORDERS])
        store.create(lake.work().stored(lake.catalog[ORDERS]))
    spoil(lake)

    assert lake.rows(ORDERS).height == 2
    assert made_anew(lake, ORDERS) == [Difference(ORDERS, TENTH, 0, 1, 0, 1)]


def test_a_lake_is_not_rebuilt_from_a_landing_zone_that_is_not_there(lake: Lake) -> None:
    lake.landing.rename(lake.folder / "elsewhere")

    with pytest.raises(SettingsError, match="is not there"):
        made_anew(lake, swap=True)
    assert lake.rows(BRONZE).height == 5
