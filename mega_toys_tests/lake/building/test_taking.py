"""A silver table has a row for every valid record: its transform leaves out none, makes none."""

import datetime as dt
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
import pytest

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import DeclarationError
from mega_toys.declared.field import Sent
from mega_toys.domains.supply.bronze.stock_movements import ReceivedStockMovements
from mega_toys.lake.building import judged
from mega_toys.lake.judging import rejected
from mega_toys.lake.own import quarantine_tables
from mega_toys_tests.lakes import Lake, needed_for
from mega_toys_tests.quick import one_quick

NAME = "supply.silver.stock_movements"
TABLES = needed_for(NAME)
LANDED = "supply/stock_movements/2026-03-10"


def movement(number: str, day: str = "2026-03-10") -> dict[str, Any]:
    return {
        "movement_id": number, "sku": "T", "warehouse_id": "W", "kind": "receipt", "quantity": 1,
        "moved_at": f"{day}T12:00:00Z", "updated_at": "2026-03-10T12:00:00Z",
    }  # fmt: skip


def receipts_only(received: dy.LazyFrame[ReceivedStockMovements]) -> pl.LazyFrame:
    return received.filter(pl.col("kind") == "receipt")


def each_twice(received: dy.LazyFrame[ReceivedStockMovements]) -> pl.LazyFrame:
    return pl.concat([received, received])


@pytest.mark.parametrize(
    ("build", "why"),
    [
        (receipts_only, "makes 1 row of 2 valid records.*Declare what is not wanted as a rule"),
        (each_twice, "makes 4 rows of 2 valid records.*in a table that reads this one"),
    ],
)
def test_a_transform_that_drops_or_makes_records_is_refused(
    build: Callable[..., pl.LazyFrame], why: str, tmp_path: Path
) -> None:
    changed = (replace(one, build=build) if str(one.name) == NAME else one for one in TABLES)
    lake = Lake(tmp_path, Catalog(changed))
    lake.send(f"{LANDED}/a.ndjson", movement("m1"), movement("m2") | {"kind": "adjustment"})

    with pytest.raises(DeclarationError, match=why):
        lake.refresh()


@pytest.mark.parametrize("content", one_quick([b"", b"\x00 no format begins so"]))
def test_a_file_of_rejected_records_alone_that_gives_none_any_more_leaves_nothing_in_quarantine(
    content: bytes, tmp_path: Path
) -> None:
    lake = Lake(tmp_path, needed_for("manufacturing.silver.downtimes"))
    path = "manufacturing/downtimes/2026-03-28/a.ndjson"
    lake.send(path, {"downtime_id": "d", "factory_id": "unknown", "kind": "planned"})
    lake.refresh()
    assert lake.rows("manufacturing.quarantine.downtimes").height == 1

    lake.land(path, content)
    outcomes = lake.refresh()

    assert lake.rows("manufacturing.quarantine.downtimes").is_empty()
    assert lake.rows("lake.row_accounts").is_empty()
    assert not outcomes["manufacturing.silver.downtimes"].failed


@pytest.mark.slow
def test_what_is_accepted_is_counted_anew_of_a_table_that_was_put_back(tmp_path: Path) -> None:
    lake = Lake(tmp_path, TABLES)
    lake.send(f"{LANDED}/a.ndjson", movement("m1"))
    lake.refresh()
    backup = shutil.copytree(lake.store.uri(NAME), tmp_path / "backup")
    lake.send(f"{LANDED}/b.ndjson", movement("m2", "2026-03-09"))
    lake.refresh()
    shutil.rmtree(lake.store.uri(NAME))
    shutil.copytree(backup, lake.store.uri(NAME))
    lake.send(f"{LANDED}/b.ndjson", movement("m2", "2026-03-08"))

    lake.refresh()

    accepted = lake.rows("lake.accepted").sort("day")
    assert accepted["day"].to_list() == [dt.date(2026, 3, 8), dt.date(2026, 3, 10)]


def test_the_text_of_rejected_records_is_made_of_some_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path, TABLES)
    lake.send(f"{LANDED}/a.ndjson", *(movement("") | {"sku": f"{at}"} for at in range(3000)))
    made: list[int] = []

    def as_received(rows: pl.DataFrame, fields: Mapping[str, Sent]) -> pl.Series:
        made.append(rows.height)
        return whole(rows, fields)

    whole = quarantine_tables.as_received
    monkeypatch.setattr(rejected, "_AT_ONCE", 400)
    monkeypatch.setattr(judged, "_AT_ONCE", 900)
    monkeypatch.setattr(judged, "_HELD_BYTES", 10_000)
    monkeypatch.setattr(quarantine_tables, "as_received", as_received)

    lake.refresh()

    assert (max(made), sum(made)) == (400, 3000)
    kept = lake.rows("supply.quarantine.stock_movements", "_row")
    assert kept["_row"].to_list() == list(range(3000))
