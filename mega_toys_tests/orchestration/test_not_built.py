"""What cannot be built is told by status, by the page of the table and by that of the run."""

import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import dataframely as dy
import polars as pl
import pytest
from rich.console import Console

from mega_toys.command import health
from mega_toys.declared.contract import Check
from mega_toys.domains.commerce.gold.funnel_daily import FunnelDaily
from mega_toys.lake.reading.reader import Reader
from mega_toys.orchestration.alerting.wrong import all_wrong
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.runs.test_refresh_run import EVENTS, FUNNEL, click
from mega_toys_tests.orchestration.test_failures import (
    DAY,
    SECRET,
    SESSIONS,
    break_it,
    broken,
    failed,
    log_of,
    step_of,
)
from mega_toys_tests.orchestration.toys import TODAY, Toys, toys
from mega_toys_tests.quick import one_quick


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, needed_for(FUNNEL), since=TODAY - dt.timedelta(days=3)) as made:
        yield made


@pytest.mark.parametrize("way", one_quick(["refresh", "materialize"]))
@pytest.mark.parametrize("table", one_quick(["commerce.bronze.web_events", SESSIONS]))
def test_status_tells_of_a_table_that_crashed_why_until_it_is_built(
    shop: Toys, monkeypatch: pytest.MonkeyPatch, table: str, way: str
) -> None:
    click(shop, DAY)
    with monkeypatch.context() as patch:
        break_it(shop, SESSIONS, patch)
        if table != SESSIONS:
            patch.setattr(
                "mega_toys.ingestion.loading.bronze._load_days", lambda *_: broken().collect()
            )
        if way == "refresh" or table == SESSIONS:
            shop.refresh()
        if way == "materialize":
            assert not shop.materialize(table, **{"dagster/partition": DAY}).success
        version = shop.lake.store.version(table)
        shop.refresh()
        assert shop.lake.store.version(table) == version

    told = status_of(shop)
    (why,) = (line for line in told.splitlines() if line.startswith(f"failed {table}: "))
    assert "InvalidOperationError: conversion from `str` to `i64` failed" in why
    assert SECRET not in told
    if table == SESSIONS:
        assert re.search(rf"^{table} +failed; stale", told, re.MULTILINE)

    shop.refresh()
    assert "failed" not in status_of(shop)


def status_of(shop: Toys) -> str:
    """What `mega-toys status` says."""
    out = io.StringIO()
    lake = Reader(shop.lake.store, shop.lake.catalog)
    health.status(Console(file=out, width=200), lake)
    return out.getvalue()


@pytest.mark.parametrize("way", one_quick(["refresh", "materialize"]))
def test_the_page_of_a_table_that_crashed_says_why_among_its_events(
    shop: Toys, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    click(shop, DAY)
    if way == "materialize":
        shop.refresh()
        click(shop, DAY, name="late")
        work = shop.lakehouse.work("before")
        for table in ("commerce.bronze.web_events", EVENTS):
            shop.lake.take_in(table, work)
    break_it(shop, SESSIONS, monkeypatch)
    if way == "materialize":
        assert not shop.materialize(SESSIONS, **{"dagster/partition": DAY}).success
    else:
        shop.refresh()

    assert "broken, mega_toys_tests/orchestration/test_failures.py:" in why_not_built(
        shop, SESSIONS
    )
    if way == "refresh":
        assert why_not_built(shop, FUNNEL).endswith(f"since {SESSIONS} could not be built.")


def why_not_built(shop: Toys, table: str) -> str:
    """What the newest event of a table says."""
    (record,) = shop.instance.fetch_observations(dg.AssetKey(table.split(".")), 1).records
    assert record.asset_observation is not None
    return str(record.asset_observation.metadata["not built"].value)


def test_the_log_of_a_run_has_a_step_for_each_table_with_its_rows_and_days(shop: Toys) -> None:
    click(shop, DAY)
    shop.refresh()

    (begun, ended) = [
        entry.dagster_event
        for entry in log_of(shop)
        if entry.step_key == step_of(SESSIONS)
        and entry.dagster_event
        and entry.dagster_event.is_step_event
        and entry.dagster_event.event_type_value.startswith("STEP_")
    ]

    assert begun is not None
    assert ended is not None
    assert begun.event_type is dg.DagsterEventType.STEP_START
    assert ended.event_type is dg.DagsterEventType.STEP_SUCCESS
    assert ended.message == f"{SESSIONS}: 1 row written, 1 day changed"


def test_the_step_of_a_table_whose_blocking_check_fails_is_red_and_says_which(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def days_with_visits(funnel: dy.LazyFrame[FunnelDaily]) -> pl.LazyFrame:
        return funnel

    click(shop, DAY)
    check = Check(finds=days_with_visits, blocks=True)
    monkeypatch.setitem(shop.lake.catalog[FUNNEL].__dict__, "checks", (check,))
    shop.refresh()

    (ended,) = [e for e in log_of(shop) if e.step_key == step_of(FUNNEL) and failed(e)]
    assert ended.dagster_event is not None
    assert ended.dagster_event.message == (
        f"{FUNNEL}: 1 row written, 1 day changed; blocking checks failed: days_with_visits"
    )
    code = shop.defs.get_repository_def()
    told = {one.table for one in all_wrong(shop.lakehouse, shop.instance, code)}
    assert FUNNEL not in told  # once more than its check


@pytest.mark.slow
def test_the_page_of_a_run_has_room_for_a_bar_for_each_table(shop: Toys) -> None:
    click(shop, DAY)
    shop.refresh()

    (run,) = shop.instance.get_runs(limit=1)
    plan = shop.instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id or "")
    drawn = {step.key for step in plan.steps}
    begun = {e.step_key for e in log_of(shop) if e.dagster_event and e.dagster_event.is_step_start}
    assert {step_of(str(table.name)) for table in shop.lake.catalog} & begun
    assert {re.sub(r"\[.*\]", "[?]", step or "") for step in begun} == drawn
