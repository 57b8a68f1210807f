"""What could not be taken in of a delivery is told."""

import datetime as dt
from pathlib import Path

import pytest

from mega_toys.ingestion.loading.ignored import of_no_dataset
from mega_toys_tests.lake.checks.checked import ELEVENTH, TENTH, repeated, result
from mega_toys_tests.lakes import Lake, needed_for

RATES, COSTS = "finance.bronze.exchange_rates", "finance.bronze.standard_costs"
FACTORIES = "manufacturing.bronze.factories"
RATE = {
    "day": "2026-03-10",
    "currency": "USD",
    "units_per_eur": 1.5,
    "updated_at": "2026-03-10T16:00:00Z",
}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path, needed_for(RATES, COSTS, FACTORIES))


def warned(lake: Lake) -> set[str]:
    """The tables whose files are not all read."""
    lake.refresh()
    names = [str(table.name) for table in lake.catalog.bronze]
    return {name for name in names if not result(lake, name, "files_are_read").passed}


def test_files_that_are_read_pass(lake: Lake) -> None:
    lake.send("finance/exchange_rates/2026-03-10/a.ndjson", RATE)

    assert warned(lake) == set()


@pytest.mark.parametrize(
    ("path", "tables"),
    [
        ("finance/exchange_rates/2026-03-10/a.xlsx", {RATES}),
        ("finance/exchange_rates/last tuesday/a.csv", {RATES}),
        ("finance/exchange_rats/2026-03-10/a.csv", set()),
        ("finance/a.csv", set()),
        ("readme.txt", set()),
    ],
)
def test_an_ignored_file_is_told_once_of_its_dataset_or_of_the_landing_zone_until_it_is_gone(
    lake: Lake, path: str, tables: set[str]
) -> None:
    for _ in range(2):
        lake.land(path, "x")

        assert warned(lake) == tables
        found = result(lake, RATES, "files_are_read")
        assert (found.blocks, found.numbers["ignored"]) == (False, len(tables))
        assert [one["path"] for one in found.examples] == [path] * len(tables)
        of_none = [one["path"] for one in of_no_dataset(lake.catalog.bronze, lake.work())]
        assert of_none == [path] * (not tables)

        (lake.landing / path).unlink()

        assert warned(lake) == set()
        assert of_no_dataset(lake.catalog.bronze, lake.work()) == []


def test_an_unreadable_file_is_told_until_it_is_sent_again(lake: Lake) -> None:
    path = "finance/exchange_rates/2026-03-10/a.json"
    lake.land(path, "[{")
    assert warned(lake) == {RATES}
    found = result(lake, RATES, "files_are_read")
    assert found.numbers == {"unreadable": 1, "ignored": 0}
    assert found.examples[0]["error"]

    lake.land(path, "[]")

    assert warned(lake) == set()


def test_unknown_fields_are_told_with_how_many_records_have_them(lake: Lake) -> None:
    beyond = 10**400  # a double
    sent = [RATE | {"source": "ECB"}, RATE | {"source": "ECB", "bid": beyond}, RATE]
    lake.send("finance/exchange_rates/2026-03-10/a.ndjson", *sent)
    lake.refresh()

    found = result(lake, RATES, "fields_are_known")

    assert (found.passed, found.severity, found.rows) == (False, "warn", 2)
    assert found.numbers == {"unknown_fields": 2}
    path = "finance/exchange_rates/2026-03-10/a.ndjson"
    assert found.examples == [
        {"field": "source", "records": 2, "file": path},
        {"field": "bid", "records": 1, "file": path},
    ]
    assert found.by_day == {TENTH: 2}


@pytest.mark.parametrize("content", [{"units_per_eur": "hot"}, None], ids=["unfit", "unreadable"])
def test_what_does_not_fit_a_known_field_is_no_unknown_field(
    lake: Lake, content: dict[str, str] | None
) -> None:
    if content is None:
        lake.land("finance/exchange_rates/2026-03-10/a.ndjson", "nonsense\n")
    else:
        lake.send("finance/exchange_rates/2026-03-10/a.ndjson", RATE | content)
    lake.refresh()

    assert result(lake, RATES, "fields_are_known").passed


def test_fields_are_looked_for_on_the_landing_days_touched(lake: Lake) -> None:
    lake.send("finance/exchange_rates/2026-03-10/a.ndjson", RATE)
    lake.send("finance/exchange_rates/2026-03-11/b.ndjson", RATE)
    lake.refresh()
    repeated(lake, RATES, _landed_on=TENTH, _rescued='{"source":"ECB"}')

    assert result(lake, RATES, "fields_are_known", ELEVENTH).passed
    assert not result(lake, RATES, "fields_are_known", dt.date(2026, 3, 10)).passed


def test_landing_days_after_tomorrow_are_told_with_their_files(lake: Lake) -> None:
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    for day in (TENTH, tomorrow, dt.date(2062, 3, 10)):
        lake.send(f"finance/exchange_rates/{day}/a.ndjson", RATE)
    lake.refresh()

    found = result(lake, RATES, "files_landed_by_tomorrow")

    assert (found.passed, found.blocks) == (False, False)
    assert [file["path"] for file in found.examples] == [
        "finance/exchange_rates/2062-03-10/a.ndjson"
    ]
    assert found.by_day == {dt.date(2062, 3, 10): 1}
    assert result(lake, COSTS, "files_landed_by_tomorrow").passed


@pytest.mark.parametrize("folder", ["", "copy/", "copy/day=2026-03-10/"])
def test_files_of_a_copied_delta_table_are_told(folder: str, lake: Lake) -> None:
    day = "finance/exchange_rates/2026-03-10"
    lake.land(
        f"{day}/{folder.split('/', maxsplit=1)[0]}/_delta_log/00000000000000000000.json", "{}"
    )
    path = str(lake.send(f"{day}/{folder}part-0.ndjson", RATE).relative_to(lake.landing))
    lake.send("finance/exchange_rates/2026-03-11/a.ndjson", RATE)
    lake.refresh()

    found = result(lake, RATES, "files_are_no_table_copied")

    assert (found.passed, found.blocks, found.rows) == (False, False, 1)
    assert found.examples[0]["path"] == path
    assert result(lake, RATES, "files_are_read").passed
