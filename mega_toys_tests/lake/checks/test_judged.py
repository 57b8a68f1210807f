"""Every record received is accounted for, and how many broke a rule is told."""

import datetime as dt
from pathlib import Path

import pytest
from deltalake import DeltaTable

from mega_toys_tests.lake.checks.checked import RATES, lake_of_rates, repeated, result
from mega_toys_tests.lakes import Lake, needed_for

CUSTOMERS = "commerce.silver.customers"
LANDED = dt.date(2026, 3, 10)


def rates(folder: Path, good: int, bad: int) -> Lake:
    lake = Lake(folder, needed_for(RATES))
    sent = [
        {
            "day": "2026-03-10",
            "currency": f"{chr(65 + n // 26)}{chr(65 + n % 26)}X",
            "units_per_eur": 1 if n < good else -1,
            "updated_at": "2026-03-10T16:00:00Z",
        }
        for n in range(good + bad)
    ]
    lake.send("finance/exchange_rates/2026-03-10/a.ndjson", *sent)
    lake.refresh()
    return lake


@pytest.mark.parametrize(
    ("good", "bad", "passed", "severity"),
    [
        (5, 0, True, "warn"),
        (199, 1, True, "warn"),  # 0.5 %
        (198, 2, False, "warn"),
        (4, 1, False, "warn"),  # 20 %
        (3, 1, False, "error"),
    ],
)
def test_the_share_quarantined_decides(
    tmp_path: Path, good: int, bad: int, passed: bool, severity: str
) -> None:
    found = result(rates(tmp_path, good, bad), RATES, "rules_hold", LANDED)

    assert (found.passed, found.severity, found.blocks) == (passed, severity, False)
    assert (found.rows, found.numbers["received"]) == (bad, good + bad)
    assert found.by_day == ({LANDED: bad} if bad else {})


def test_each_rule_is_told_with_the_place_of_an_example(tmp_path: Path) -> None:
    found = result(rates(tmp_path, 1, 2), RATES, "rules_hold", LANDED)

    (example,) = found.examples
    assert (example["rule"], example["records"]) == ("units_per_eur_is_valid", 2)
    assert example["file"] == "finance/exchange_rates/2026-03-10/a.ndjson"
    assert example["row"] in (1, 2)
    assert "record" not in example


def test_a_personal_record_is_told_by_its_place_alone(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for(CUSTOMERS))
    lake.send("commerce/customers/2026-03-10/a.ndjson", {"customer_id": "C1", "email": "a@b.c"})
    lake.refresh()

    found = result(lake, CUSTOMERS, "rules_hold", LANDED)

    assert found.examples
    assert all(set(example) == {"rule", "records", "file", "row"} for example in found.examples)


def test_the_accounts_of_a_refresh_add_up(tmp_path: Path) -> None:
    found = result(rates(tmp_path, 3, 1), RATES, "accounts_add_up")

    assert found.passed
    sums = {"received": 4, "accepted": 3, "duplicates": 0, "quarantined": 1}
    assert found.numbers == sums


@pytest.mark.parametrize(
    ("table", "what"),
    [("finance.bronze.exchange_rates", "received"), (RATES, "accepted")],
)
def test_a_row_that_came_from_nowhere_is_told(tmp_path: Path, table: str, what: str) -> None:
    lake = lake_of_rates(tmp_path)
    repeated(lake, table)

    found = result(lake, RATES, "accounts_add_up")

    assert (found.passed, found.blocks) == (False, True)
    assert found.examples == [{"problem": f"{what}: 4 in the accounts, 5 in the lake"}]


def test_a_quarantined_record_that_went_is_told(tmp_path: Path) -> None:
    lake = rates(tmp_path, 3, 1)
    DeltaTable(lake.store.uri("finance.quarantine.exchange_rates")).delete()

    found = result(lake, RATES, "accounts_add_up")

    assert found.examples == [{"problem": "quarantined: 1 in the accounts, 0 in the lake"}]


def test_more_accepted_than_received_fails_on_its_day(tmp_path: Path) -> None:
    lake = lake_of_rates(tmp_path)
    accounts = DeltaTable(lake.store.uri("lake.row_accounts"))
    accounts.update({"received": "received - 1", "duplicates": "duplicates - 1"})

    found = result(lake, RATES, "accounts_add_up")

    assert not found.passed
    assert found.examples[0]["duplicates"] == -1
