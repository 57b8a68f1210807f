"""What all checks have in common: names, limits, what is shown, what stops a refresh."""

from pathlib import Path

import pytest

from mega_toys.declared.table import Table
from mega_toys.lake.checks import declared, run_checks
from mega_toys.lake.run.found import Found
from mega_toys.lake.run.outcome import Outcome
from mega_toys.operations.refresh import prepare
from mega_toys_tests.lake.checks.checked import (
    ELEVENTH,
    RATES,
    TENTH,
    lake_of_rates,
    repeated,
    result,
    send_rates,
)
from mega_toys_tests.lakes import DECLARED, Lake, needed_for


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("empty"))
    prepare(lake.work())
    return lake


@pytest.mark.parametrize("table", list(DECLARED), ids=lambda table: str(table.name))
def test_a_check_is_known_before_the_run_and_has_one_result_in_it(
    empty: Lake, table: Table
) -> None:
    names = [check.name for check in declared(table)]
    found = run_checks(table, Outcome(str(table.name)), empty.work())

    assert [check.name for check in found] == names
    assert len(set(names)) == len(names)
    assert all(check.passed for check in found)


@pytest.mark.parametrize("table", list(DECLARED), ids=lambda table: str(table.name))
def test_a_check_says_what_it_claims(table: Table) -> None:
    assert all(check.description for check in declared(table))


def test_a_table_is_built_after_those_it_refers_to() -> None:
    order = [table.rows for table in DECLARED]

    late = [
        (str(table.name), column)
        for table in DECLARED
        for column, rows in table.refers.items()
        if order.index(rows) > order.index(table.rows)
    ]

    assert late == []


def test_a_check_looks_only_at_the_days_touched(tmp_path: Path) -> None:
    lake = lake_of_rates(tmp_path)
    repeated(lake, RATES, day=TENTH)
    repeated(lake, RATES, day=TENTH)

    found = result(lake, RATES, "keys_are_unique", ELEVENTH)

    assert found.passed
    assert found.numbers == {"rows_looked_at": 2}
    assert not result(lake, RATES, "keys_are_unique", TENTH).passed


def test_many_days_are_looked_at_part_by_part(tmp_path: Path) -> None:
    lake = lake_of_rates(tmp_path, rows_at_once=1)
    for day in (TENTH, ELEVENTH):
        repeated(lake, RATES, day=day, currency="USD")

    found = result(lake, RATES, "keys_are_unique")

    assert found.rows == 2
    assert found.by_day == {TENTH: 1, ELEVENTH: 1}
    assert [(example["day"], example["rows"]) for example in found.examples] == [
        (TENTH, 2),
        (ELEVENTH, 2),
    ]


def test_only_so_many_examples_are_shown(tmp_path: Path) -> None:
    lake = lake_of_rates(tmp_path)
    for n in range(9):
        for _ in range(2):
            repeated(lake, RATES, currency=f"X{n}")

    found = result(lake, RATES, "keys_are_unique")

    assert found.rows == 9
    assert len(found.examples) == 5


def test_what_is_tolerated_passes_and_is_told() -> None:
    assert Found(name="rules_hold", blocks=False, rows=3, tolerated=True).passed
    assert not Found(name="rules_hold", blocks=False, rows=3).passed


def test_a_blocking_check_that_fails_stops_what_is_made_of_the_table(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for("commerce.gold.daily_sales"))
    send_rates(lake)
    lake.refresh()
    repeated(lake, RATES, currency="CHF")
    later = {"day": "2026-03-12", "currency": "USD", "updated_at": "2026-03-12T16:00:00Z"}
    lake.send("finance/exchange_rates/2026-03-12/b.ndjson", later | {"units_per_eur": 1.6})

    refreshed = lake.refresh()

    assert refreshed[RATES].failed == ["accounts_add_up"]
    assert lake.plan().of(DECLARED["commerce.gold.daily_sales"]).blocking == {
        RATES: ("accounts_add_up",)
    }
    assert "commerce.gold.daily_sales" not in refreshed
