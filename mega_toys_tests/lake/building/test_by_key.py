"""What news costs follows the news: files of other keys are not read, and counts are kept."""

import datetime as dt
from collections import Counter
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.table import Bronze, FromBronze, History, Reference
from mega_toys.lake.building.by_key import in_parts
from mega_toys.lake.building.taking import Taking
from mega_toys.lake.checks import run_checks
from mega_toys.lake.run.outcome import Outcome
from mega_toys_tests.dying import ending_at
from mega_toys_tests.lake.building.test_deletions import DATASET, KINDS, OWNER, ReceivedItems, items
from mega_toys_tests.lakes import Lake, copy_of
from mega_toys_tests.quick import one_quick

REFERENCE, HISTORY = "stock.silver.reference", "stock.silver.history"
BRONZE = "stock.bronze.items"


def catalog() -> Catalog:
    bronze = Bronze(rows=ReceivedItems, dataset=DATASET, contract=OWNER)
    whole: list[type[FromBronze]] = [Reference, History]
    return Catalog(
        [
            bronze,
            *(
                kind(rows=KINDS[kind], received_from=ReceivedItems, build=items, contract=OWNER)  # type: ignore[abstract]
                for kind in whole
            ),
        ]
    )


def send(lake: Lake, day: int, *keys: str, value: int = 1) -> None:
    at = f"2026-03-{day:02}T12:00:00Z"
    told = [{"item": key, "value": value, "at": at, "updated_at": at} for key in keys]
    lake.send(f"stock/items/2026-03-{day:02}/a.ndjson", *told)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(tmp_path_factory.mktemp("begun"), catalog())
    send(made, 1, *"abcd")
    made.refresh()
    return made


@pytest.fixture
def lake(begun: Lake, tmp_path: Path) -> Lake:
    return copy_of(begun, tmp_path)


def data(lake: Lake, *names: str) -> list[Path]:
    return [path for name in names for path in Path(lake.store.uri(name)).rglob("part-*.parquet")]


def test_new_keys_are_taken_in_and_read_no_file_of_other_keys(lake: Lake) -> None:
    old = {path: path.read_bytes() for path in data(lake, BRONZE, REFERENCE, HISTORY)}
    for path, content in old.items():
        path.write_bytes(bytes(len(content)))
    send(lake, 2, "x", "y")

    outcomes = lake.refresh()

    assert not any(outcome.failed for outcome in outcomes.values())
    assert [len(data(lake, name)) for name in (BRONZE, REFERENCE, HISTORY)] == [2, 2, 2]
    for path, content in old.items():
        path.write_bytes(content)
    for name in (REFERENCE, HISTORY):
        assert lake.rows(name, "item")["item"].to_list() == [*"abcdxy"]
    accepted = lake.rows("lake.accepted").filter(table=HISTORY).sort("day")
    assert accepted["accepted"].to_list() == [4, 2]


STEPS = ["silver.written:1", "silver.written:2", "accounts.written:1"]


@pytest.mark.parametrize("step", one_quick(STEPS))
def test_changes_are_counted_where_they_are_whatever_run_died(lake: Lake, step: str) -> None:
    send(lake, 2, "a", "x", value=2)
    with ending_at(step):
        lake.refresh()
    send(lake, 3, "a", "b", value=3)

    outcomes = lake.refresh()

    assert not any(outcome.failed for outcome in outcomes.values())
    for name, wanted in ((REFERENCE, [2, 1, 2]), (HISTORY, [4, 2, 2])):
        rows = Counter(lake.rows(name)["_landed_on"].to_list())
        for counts in ("lake.accepted", "lake.row_accounts"):
            mine = lake.rows(counts).filter(table=name).sort("day")
            assert mine["accepted"].to_list() == wanted, counts
            assert dict(mine.select("day", "accepted").rows()) == rows


def test_keys_that_are_there_twice_are_found_among_those_touched_or_where_a_run_died(
    lake: Lake,
) -> None:
    table, name = lake.catalog[REFERENCE], REFERENCE

    def duplicates(outcome: Outcome) -> int:
        found = {one.name: one for one in run_checks(table, outcome, lake.work())}
        return found["keys_are_unique"].rows

    def touching(*keys: str) -> Outcome:
        return Outcome(name, touched={dt.date(2026, 3, 1)}, keys=pl.DataFrame({"item": [*keys]}))

    lake.rows(name).filter(item="b").write_delta(lake.store.uri(name), mode="append")

    assert [duplicates(touching("a", "b")), duplicates(touching("a", "c"))] == [1, 0]
    assert duplicates(Outcome(name, touched={dt.date(2026, 3, 1)})) == 1


@pytest.mark.slow
def test_of_a_run_that_died_before_its_checks_all_keys_are_looked_at(lake: Lake) -> None:
    def looked_at(day: int) -> float | int | str:
        send(lake, day, "a", value=day)
        checks = {check.name: check for check in lake.refresh()[REFERENCE].checks}
        return checks["keys_are_unique"].numbers["rows_looked_at"]

    assert looked_at(2) == 1
    send(lake, 3, "b", value=3)
    with ending_at("checks.begin:3"):
        lake.refresh()
    assert [looked_at(4), looked_at(5)] == [4, 1]


def test_parts_are_ranges_of_keys_of_about_as_many_rows_as_are_held_at_once(lake: Lake) -> None:
    lake.rows_at_once = 3  # of bronze 4 are there
    taking = Taking(lake.catalog[HISTORY], lake.work(), print, lake.folder)  # type: ignore[arg-type]
    keys = [None, *(f"{at:02}" for at in range(17)), *["07"] * 6]
    records = pl.DataFrame({"item": keys, "at": range(24)}).sample(fraction=1, shuffle=True)

    ranges = [part.collect() for part in in_parts(taking, records.filter(pl.col("at") < 18).lazy())]
    parts = [part.collect() for part in in_parts(taking, records.lazy())]

    ends = [(part["item"].min(), part["item"].max()) for part in ranges]
    assert all(a < b for (_, a), (b, _) in pairwise(ends))
    assert max(part.height for part in ranges) <= 4
    for some in (ranges, parts):
        assert_frame_equal(
            pl.concat(some).sort("at"), records.sort("at").head(pl.concat(some).height)
        )
    assert sum("07" in part["item"] for part in parts) == 1
