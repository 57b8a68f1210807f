"""A table that cannot be built is shown as failed, with the reason, until it is mended."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from dagster._core.events.log import EventLogEntry

from mega_toys.declared.errors import MegaToysError
from mega_toys.orchestration.reporting import run_log
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.runs.test_refresh_run import EVENTS, FUNNEL, click
from mega_toys_tests.orchestration.toys import TODAY, Toys, toys

SESSIONS = "commerce.silver.sessions"
SECRET = "ada@example.org"
DAY = f"{TODAY - dt.timedelta(days=2)}"
FAILED, MATERIALIZED = dg.AssetPartitionStatus.FAILED, dg.AssetPartitionStatus.MATERIALIZED


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, needed_for(FUNNEL), since=TODAY - dt.timedelta(days=3)) as made:
        yield made


def broken(*args: object, **inputs: pl.LazyFrame) -> pl.LazyFrame:
    """Fails as Polars does, with the value that it could not take."""
    rows = pl.LazyFrame({"day": [dt.date.fromisoformat(DAY)], "email": [SECRET]})
    return rows.with_columns(pl.col("email").cast(pl.Int64))


def break_it(toys: Toys, table: str, patch: pytest.MonkeyPatch, build: Any = broken) -> None:
    patch.setitem(toys.lake.catalog[table].__dict__, "build", build)


def log_of(toys: Toys) -> list[EventLogEntry]:
    """The log of the newest run."""
    return list(toys.instance.all_logs(toys.instance.get_runs(limit=1)[0].run_id))


@pytest.mark.slow
@pytest.mark.parametrize("table", [EVENTS, SESSIONS, FUNNEL])
def test_the_days_that_could_not_be_built_are_shown_as_failed_until_the_mend(
    shop: Toys, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    click(shop, DAY)
    with monkeypatch.context() as patch:
        break_it(shop, table, patch)
        for _ in range(2):
            assert set(shop.refresh().crashed) == {table}
            assert shop.status(table, DAY) is FAILED

    assert not shop.refresh().crashed
    assert shop.status(table, DAY) is MATERIALIZED
    key = dg.AssetKey(table.split("."))
    newest = shop.instance.get_latest_planned_materialization_info(key)
    last = shop.instance.get_latest_materialization_event(key)
    assert newest is not None
    assert last is not None
    assert newest.run_id != last.run_id


@pytest.mark.slow
def test_a_bronze_table_that_crashes_stays_failed_as_long_as_it_crashes(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, DAY)
    bronze = "commerce.bronze.web_events"
    with monkeypatch.context() as patch:
        patch.setattr("mega_toys.ingestion.loading.bronze._load_days", lambda *_: 1 / 0)
        for _ in range(3):
            assert set(shop.refresh().crashed) == {bronze}
            assert shop.status(bronze, DAY) is FAILED

    shop.refresh()
    assert shop.status(bronze, DAY) is MATERIALIZED


@pytest.mark.slow
def test_what_reads_a_table_that_crashed_is_shown_as_failed_too(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, DAY)
    shop.refresh()
    click(shop, DAY, name="late")
    with monkeypatch.context() as patch:
        break_it(shop, EVENTS, patch)
        refreshed = shop.refresh()

    assert set(refreshed.crashed) == {EVENTS}
    assert shop.status(EVENTS, DAY) is FAILED
    click(shop, DAY, name="later")
    with monkeypatch.context() as patch:
        break_it(shop, SESSIONS, patch)
        refreshed = shop.refresh()

    assert (set(refreshed.crashed), set(refreshed.blocked)) == ({SESSIONS}, set())
    shop.refresh()
    assert {shop.status(table, DAY) for table in (EVENTS, SESSIONS, FUNNEL)} == {MATERIALIZED}


def test_a_table_without_days_that_crashes_is_shown_as_failed_until_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    products = "commerce.silver.products"
    key = dg.AssetKey(products.split("."))
    with toys(tmp_path, needed_for(products)) as shop:
        product = {
            "sku": "TOY-1",
            "name": "Top",
            "category": "Wood",
            "age_min": 3,
            "list_price_eur": "9.99",
            "launched_on": "2024-01-01",
            "updated_at": "2026-03-10T00:00:00Z",
        }
        shop.lake.send("commerce/products/2026-03-10/a.ndjson", product)
        with monkeypatch.context() as patch:
            break_it(shop, products, patch)
            shop.refresh()
        planned = shop.instance.get_latest_planned_materialization_info(key)
        assert planned is not None
        run = shop.instance.get_run_by_id(planned.run_id)
        assert run is not None
        assert run.status is dg.DagsterRunStatus.FAILURE
        assert shop.instance.get_latest_materialization_event(key) is None

        shop.refresh()
        assert shop.instance.get_latest_materialization_event(key) is not None


@pytest.mark.slow
def test_a_failure_tells_exception_file_and_line_and_no_value(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, DAY)
    break_it(shop, SESSIONS, monkeypatch)

    refreshed = shop.refresh()

    said = refreshed.crashed[SESSIONS]
    assert said.startswith("InvalidOperationError: conversion from `str` to `i64` failed")
    assert "broken, mega_toys_tests/orchestration/test_failures.py:" in said
    (step,) = [e for e in log_of(shop) if e.step_key == step_of(SESSIONS) and failed(e)]
    assert step.dagster_event is not None
    assert step.dagster_event.step_failure_data.error is not None
    assert step.dagster_event.step_failure_data.error.message == said
    assert SECRET not in "".join(entry.to_json() for entry in log_of(shop))

    run = shop.materialize(SESSIONS, **{"dagster/partition": DAY})
    assert not run.success
    told = "".join(entry.to_json() for entry in shop.instance.all_logs(run.run_id))
    assert json.dumps(said)[1:-1] in told
    assert SECRET not in told


def test_an_error_of_our_own_is_told_in_its_words(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**inputs: pl.LazyFrame) -> pl.LazyFrame:
        raise MegaToysError("the sessions are broken")

    click(shop, DAY)
    break_it(shop, SESSIONS, monkeypatch, refused)

    assert shop.refresh().crashed[SESSIONS].startswith("the sessions are broken (refused, ")


def test_a_run_that_names_no_day_of_a_table_by_day_says_how_to_name_one(shop: Toys) -> None:
    assert not shop.materialize(EVENTS).success

    (step,) = (entry for entry in log_of(shop) if failed(entry))
    assert step.dagster_event is not None
    said = f"{step.dagster_event.step_failure_data.error}"
    assert f"{EVENTS} is built by day, and this run names no day: give it the tag" in said


def step_of(table: str) -> str:
    return run_log.step_of(dg.AssetKey(table.split(".")))


def failed(entry: EventLogEntry) -> bool:
    return entry.dagster_event is not None and entry.dagster_event.is_step_failure
