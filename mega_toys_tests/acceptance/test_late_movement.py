"""A stock movement that comes late changes the later days of its own shelf, and no other row."""

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mega_toys_tests.lakes import Lake, needed_for

POSITIONS = "supply.gold.inventory_position"
FIRST = dt.date(2026, 1, 1)
SHELVES = {"T": 3, "U": 4, "V": 1}  # each toy moves every so many days


def move(sku: str, day: int, quantity: int) -> dict[str, Any]:
    at = f"{FIRST + dt.timedelta(day)}T12:00:00Z"
    return {
        "movement_id": f"{sku}{day}{quantity}", "sku": sku, "warehouse_id": "W", "kind": "receipt",
        "quantity": quantity, "moved_at": at, "updated_at": at,
    }  # fmt: skip


def data_files(lake: Lake) -> set[Path]:
    return set(Path(lake.store.uri(POSITIONS)).rglob("*.parquet"))


def changed(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    return after.join(before, on=after.columns, how="anti", nulls_equal=True)


@pytest.mark.slow
def test_a_late_movement_changes_only_its_own_rows_from_its_day_on(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for(POSITIONS))
    days = [(sku, day) for sku, every in SHELVES.items() for day in range(0, 40, every)]
    lake.send("supply/stock_movements/2026-02-10/a.ndjson", *(move(*at, 5) for at in days))
    lake.refresh()
    before, files = lake.rows(POSITIONS), data_files(lake)

    lake.send("supply/stock_movements/2026-02-11/b.ndjson", move("T", 20, 1))
    outcome = lake.refresh()[POSITIONS]

    later = {FIRST + dt.timedelta(day) for day in (20, *range(21, 40, 3))}
    found = changed(before, lake.rows(POSITIONS))
    assert set(found["sku"]) == {"T"}
    assert set(found["day"]) == later == outcome.days
    assert len(data_files(lake) - files) == len(later)
    assert outcome.unchanged == set()


@pytest.mark.slow
def test_a_movement_of_today_rewrites_only_today(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for(POSITIONS))
    moves = [move("T", day, 5) for day in range(40)]
    lake.send("supply/stock_movements/2026-02-10/a.ndjson", *moves)
    lake.refresh()
    files = data_files(lake)

    lake.send("supply/stock_movements/2026-02-11/b.ndjson", move("T", 40, 1))
    lake.refresh()

    new = data_files(lake) - files
    assert [path.parent.name for path in new] == [f"day={FIRST + dt.timedelta(40)}"]
    last = lake.rows(POSITIONS, "day", "opening", "closing").rows()[-1]
    assert last == (FIRST + dt.timedelta(40), 200, 201)


@pytest.mark.slow
def test_a_first_movement_that_comes_late_and_goes_again_is_as_in_a_lake_made_anew(
    tmp_path: Path,
) -> None:
    lake, anew = (Lake(tmp_path / name, needed_for(POSITIONS)) for name in ("lake", "anew"))
    moves = [{**move("T", day, -5), "kind": "shipment"} for day in (20, 25, 47, 48)]
    first = {**move("T", 19, 0), "kind": "adjustment"}
    lake.send("supply/stock_movements/2026-02-20/a.ndjson", *moves)
    lake.refresh()
    young = lake.rows(POSITIONS)

    for landing in (lake, anew):
        landing.send("supply/stock_movements/2026-02-20/a.ndjson", *moves)
        landing.send("supply/stock_movements/2026-02-21/b.ndjson", first)
        landing.refresh()
    assert set(changed(young, lake.rows(POSITIONS))["day"]) == {
        FIRST + dt.timedelta(day) for day in (19, 20, 25)
    }
    assert lake.rows(POSITIONS, *young.columns).equals(anew.rows(POSITIONS, *young.columns))

    lake.send("supply/stock_movements/2026-02-21/b.ndjson", move("U", 30, 1))
    lake.refresh()
    shelf = lake.rows(POSITIONS, *young.columns).filter(sku="T")
    assert shelf.equals(young.select(shelf.columns).sort(shelf.columns))
