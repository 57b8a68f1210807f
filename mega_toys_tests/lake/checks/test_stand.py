"""What a check found stands until it looks at these days again, whatever else is refreshed."""

import dataclasses
import datetime as dt
from pathlib import Path

import dataframely as dy
import polars as pl
import pytest
from deltalake import DeltaTable

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.contract import Check
from mega_toys.domains.finance.silver.exchange_rates import ExchangeRates
from mega_toys.lake.checks import noted
from mega_toys.lake.run.found import Found
from mega_toys.operations.crash import CrashError
from mega_toys.operations.rebuild import rebuild
from mega_toys.operations.refresh import check_table
from mega_toys.operations.status import statuses
from mega_toys_tests.lake.checks.checked import ELEVENTH, RATES, TENTH, repeated
from mega_toys_tests.lakes import Lake, needed_for
from mega_toys_tests.quick import one_quick

SALES, BRONZE = "commerce.gold.daily_sales", "finance.bronze.exchange_rates"
TWELFTH = dt.date(2026, 3, 12)


def rates_that_are_too_high(rates: dy.LazyFrame[ExchangeRates]) -> pl.LazyFrame:
    """None is above a hundred."""
    return rates.filter(pl.col("units_per_eur") > 100).select("day", "currency")


def currencies_that_are_too_dear(rates: dy.LazyFrame[ExchangeRates]) -> pl.LazyFrame:
    """None is above a hundred, told without its day."""
    return rates.filter(pl.col("units_per_eur") > 100).select("currency").unique()


def lake_with(folder: Path, *checks: Check, whole: bool = True) -> Lake:
    """A lake of rates with these checks, and the gold that reads them or not."""
    needed = needed_for(SALES if whole else RATES)
    rates = dataclasses.replace(needed[RATES], checks=checks)
    return Lake(folder, Catalog(rates if str(t.name) == RATES else t for t in needed))


def rate(lake: Lake, day: dt.date, rate: float, sent: int = 16) -> None:
    told = {"day": f"{day}", "currency": "USD", "units_per_eur": rate}
    at = {"updated_at": f"{day}T{sent}:00:00Z"}
    lake.send(f"finance/exchange_rates/{day}/{rate}-{sent}.ndjson", told | at)


def failed(lake: Lake, table: str = RATES) -> list[str]:
    """The checks that block: by the lake's notes, by `status`, by what reads the table."""
    told = list(noted(lake.catalog[table], lake.work()).failed)
    if table != BRONZE:
        assert next(s for s in statuses(lake.plan()) if s.table == table).failed == tuple(told)
    return told


def warned(lake: Lake, table: str = RATES) -> list[str]:
    return list(noted(lake.catalog[table], lake.work()).warned)


@pytest.mark.parametrize("find", one_quick([rates_that_are_too_high, currencies_that_are_too_dear]))
@pytest.mark.parametrize("blocks", one_quick([True, False]))
def test_a_wrong_row_fails_until_it_is_mended_whatever_comes_meanwhile(
    tmp_path: Path, find: type, blocks: bool
) -> None:
    lake = lake_with(tmp_path, Check(finds=find, blocks=blocks))
    standing = failed if blocks else warned
    sales = lake.catalog[SALES]
    rate(lake, TENTH, 999)
    for later in (None, ELEVENTH, TWELFTH):
        if later:
            rate(lake, later, 2)
        lake.refresh()
        assert standing(lake) == [find.__name__]
        assert lake.plan().of(sales).blocking == ({RATES: (find.__name__,)} if blocks else {})

    rate(lake, TENTH, 3, sent=17)
    lake.refresh()
    assert standing(lake) == []
    assert lake.plan().of(sales).blocking == {}


def test_only_the_days_that_failed_are_looked_at_again(tmp_path: Path) -> None:
    lake = lake_with(tmp_path, Check(finds=rates_that_are_too_high, blocks=True), whole=False)
    rate(lake, TENTH, 999)
    for day in range(1, 9):
        rate(lake, dt.date(2026, 3, day), 2)
    lake.refresh()
    rate(lake, ELEVENTH, 2)

    (found,) = (f for f in lake.refresh()[RATES].checks if f.name == "rates_that_are_too_high")

    assert (found.rows, found.numbers["rows_looked_at"]) == (1, 2)
    assert found.failing == ((TENTH, TENTH),)


def test_what_a_run_wrote_that_died_before_its_checks_is_checked_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = lake_with(tmp_path, Check(finds=rates_that_are_too_high, blocks=True), whole=False)
    rate(lake, TENTH, 999)
    with monkeypatch.context() as dying:
        dying.setattr("mega_toys.operations.refresh.run_checks", lambda *_, **__: 1 / 0)
        for table in (BRONZE, RATES):
            with pytest.raises(CrashError, match="ZeroDivisionError"):
                lake.refresh()
            assert lake.rows(table).height == 1
            if table == BRONZE:
                dying.setattr("mega_toys.operations.refresh.run_checks", _fails_for_rates())

    lake.refresh()

    assert failed(lake) == ["rates_that_are_too_high"]


def _fails_for_rates():  # type: ignore[no-untyped-def]
    from mega_toys.lake.checks import run_checks

    def run(table, *args, **kwargs):  # type: ignore[no-untyped-def]
        return run_checks(table, *args, **kwargs) if str(table.name) == BRONZE else 1 / 0

    return run


@pytest.mark.slow
def test_a_failure_of_bronze_stands_when_other_files_come(tmp_path: Path) -> None:
    lake = lake_with(tmp_path, whole=False)
    rate(lake, TENTH, 2)
    lake.refresh()
    DeltaTable(lake.store.uri(BRONZE)).update({"_row": "5"})  # as many rows as the files have
    rate(lake, TENTH, 2, sent=17)
    assert lake.refresh()[BRONZE].failed == ["keys_are_unique"]

    rate(lake, ELEVENTH, 2)
    lake.refresh()
    assert failed(lake, BRONZE) == ["keys_are_unique"]
    assert lake.plan().of(lake.catalog[RATES]).blocking == {BRONZE: ("keys_are_unique",)}

    DeltaTable(lake.store.uri(BRONZE)).update({"_row": "0"})
    lake.refresh()
    assert failed(lake, BRONZE) == []


def test_a_failure_found_without_news_is_taken_back_without_news(tmp_path: Path) -> None:
    lake = lake_with(tmp_path, whole=False)
    rate(lake, TENTH, 2)
    lake.refresh()
    repeated(lake, RATES)
    lake.refresh()
    assert failed(lake) == ["accounts_add_up"]  # told by the logs; no row was looked at

    table = DeltaTable(lake.store.uri(RATES))
    table.restore(table.version() - 2)
    lake.refresh()
    assert failed(lake) == []


def test_a_look_at_everything_is_noted(tmp_path: Path) -> None:
    lake = lake_with(tmp_path, Check(finds=rates_that_are_too_high, blocks=True), whole=False)
    rate(lake, TENTH, 2)
    lake.refresh()
    repeated(lake, RATES, units_per_eur=999)

    check_table(lake.catalog[RATES], lake.work(), everything=True)

    assert {"keys_are_unique", "rates_that_are_too_high"} <= set(failed(lake))


def test_a_day_that_a_product_lost_is_seen_by_a_look_at_everything(tmp_path: Path) -> None:
    positions, moved = "supply.gold.inventory_position", "2026-03-10T12:00:00Z"
    lake = Lake(tmp_path, needed_for(positions))
    move = {"sku": "T", "warehouse_id": "W", "kind": "receipt", "quantity": 5, "updated_at": moved}
    for day in (10, 11):
        at = f"2026-03-{day}T12:00:00Z"
        one = {**move, "movement_id": f"M{day}", "moved_at": at}
        lake.send(f"supply/stock_movements/2026-03-{day}/a.ndjson", one)
    lake.refresh()
    DeltaTable(lake.store.uri(positions)).delete("day = '2026-03-10'")

    outcome = check_table(lake.catalog[positions], lake.work(), everything=True)

    assert "days_that_differ_from_the_movements" in outcome.failed


def test_a_check_does_not_take_a_table_that_took_in_nothing_for_fresh(tmp_path: Path) -> None:
    lake = lake_with(tmp_path, whole=False)
    rate(lake, TENTH, 2)
    lake.refresh()
    at = lake.store.taken_in_at(RATES)
    repeated(lake, RATES)

    outcome = check_table(lake.catalog[RATES], lake.work(), everything=True)

    assert outcome.failed
    assert lake.store.taken_in_at(RATES) == at


def test_many_rows_of_a_warning_are_left_and_told_until_everything_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mega_toys.lake.checks.look._CHEAP", 0)
    lake = lake_with(tmp_path, Check(finds=rates_that_are_too_high), whole=False)
    rate(lake, TENTH, 999)
    lake.refresh()
    rate(lake, ELEVENTH, 2)

    (found,) = (f for f in lake.refresh()[RATES].checks if f.name == "rates_that_are_too_high")

    assert (found.passed, found.rows, found.not_looked_at) == (False, 0, ((TENTH, TENTH),))
    assert warned(lake) == ["rates_that_are_too_high"]
    everything = check_table(lake.catalog[RATES], lake.work(), everything=True)
    assert [one.rows for one in everything.checks if one.name == found.name] == [1]


def test_a_day_that_vanished_does_not_fail(tmp_path: Path) -> None:
    lake = lake_with(tmp_path, Check(finds=rates_that_are_too_high, blocks=True), whole=False)
    rate(lake, TENTH, 999)
    rate(lake, ELEVENTH, 2)
    lake.refresh()
    assert failed(lake)

    lake.send(f"finance/exchange_rates/{TENTH}/999-16.ndjson")
    lake.refresh()

    assert failed(lake) == []
    assert set(lake.rows(RATES)["day"]) == {ELEVENTH}


def test_a_check_that_the_code_has_no_longer_blocks_nothing(tmp_path: Path) -> None:
    lake = lake_with(tmp_path, Check(finds=rates_that_are_too_high, blocks=True))
    rate(lake, TENTH, 999)
    lake.refresh()
    renamed = lake_with(tmp_path, Check(finds=currencies_that_are_too_dear))

    assert renamed.plan().of(renamed.catalog[SALES]).blocking == {}
    renamed.refresh()
    assert (failed(renamed), warned(renamed)) == ([], ["currencies_that_are_too_dear"])


def test_a_table_made_anew_and_swapped_in_has_the_findings_of_the_one_made_anew(
    tmp_path: Path,
) -> None:
    lake = lake_with(tmp_path, Check(finds=rates_that_are_too_high), whole=False)
    rate(lake, TENTH, 999)
    lake.refresh()
    repeated(lake, RATES)
    check_table(lake.catalog[RATES], lake.work(), everything=True)
    assert "keys_are_unique" in failed(lake)

    rebuild([lake.catalog[RATES]], lake.work(), lake.zone, swap=True, say=lambda text: None)

    assert (failed(lake), warned(lake)) == ([], ["rates_that_are_too_high"])


def test_days_built_in_part_are_checked_and_the_others_stay_as_they_stood(tmp_path: Path) -> None:
    lake = lake_with(tmp_path, Check(finds=rates_that_are_too_high, blocks=True), whole=False)
    rate(lake, TENTH, 999)
    lake.refresh()
    versions = lake.versions()

    outcome = lake.take_in(RATES, days={ELEVENTH})

    found = {one.name: one for one in outcome.checks}["rates_that_are_too_high"]
    assert isinstance(found, Found)
    assert not found.passed
    assert lake.versions() == versions
