"""A table that cannot be built is shown as failed, with the reason, until it is mended."""

import datetime as dt
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
import typer
from dagster._core.events.log import EventLogEntry
from rich.console import Console

from mega_toys import OpenLake, showing
from mega_toys.cli import COULD_NOT_RUN, _exit_as
from mega_toys.lake.errors import MegaToysError
from mega_toys.orchestration import run_log
from mega_toys.refresh import refresh_table
from mega_toys.watching import Watching
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.test_refresh import EVENTS, FUNNEL, click
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


def test_a_bronze_table_that_crashes_stays_failed_as_long_as_it_crashes(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, DAY)
    bronze = "commerce.bronze.web_events"
    with monkeypatch.context() as patch:
        patch.setattr("mega_toys.ingestion.bronze._load_days", lambda *_: 1 / 0)
        for _ in range(3):
            assert set(shop.refresh().crashed) == {bronze}
            assert shop.status(bronze, DAY) is FAILED

    shop.refresh()
    assert shop.status(bronze, DAY) is MATERIALIZED


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


@pytest.mark.parametrize("way", ["refresh", "materialize"])
@pytest.mark.parametrize("table", ["commerce.bronze.web_events", SESSIONS])
def test_status_tells_of_a_table_that_crashed_why_until_it_is_built(
    shop: Toys, monkeypatch: pytest.MonkeyPatch, table: str, way: str
) -> None:
    click(shop, DAY)
    with monkeypatch.context() as patch:
        break_it(shop, SESSIONS, patch)
        if table != SESSIONS:
            patch.setattr("mega_toys.ingestion.bronze._load_days", lambda *_: broken().collect())
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
    lake = OpenLake(shop.lake.store, shop.lake.catalog)
    showing.status(Console(file=out, width=200), lake)
    return out.getvalue()


@pytest.mark.parametrize("way", ["refresh", "materialize"])
def test_the_page_of_a_table_that_crashed_says_why_among_its_events(
    shop: Toys, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    click(shop, DAY)
    if way == "materialize":
        shop.refresh()
        click(shop, DAY, name="late")
        work = shop.lakehouse.work("before")
        for table in ("commerce.bronze.web_events", EVENTS):
            refresh_table(shop.lake.catalog[table], work, shop.lake.landing)
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


def test_an_error_of_our_own_is_told_in_its_words(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**inputs: pl.LazyFrame) -> pl.LazyFrame:
        raise MegaToysError("the sessions are broken")

    click(shop, DAY)
    break_it(shop, SESSIONS, monkeypatch, refused)

    assert shop.refresh().crashed[SESSIONS].startswith("the sessions are broken (refused, ")


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


def test_the_page_of_a_run_has_room_for_a_bar_for_each_table(shop: Toys) -> None:
    click(shop, DAY)
    shop.refresh()

    (run,) = shop.instance.get_runs(limit=1)
    plan = shop.instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id or "")
    drawn = {step.key for step in plan.steps}
    begun = {e.step_key for e in log_of(shop) if e.dagster_event and e.dagster_event.is_step_start}
    assert {step_of(str(table.name)) for table in shop.lake.catalog.every} & begun
    assert {re.sub(r"\[.*\]", "[?]", step or "") for step in begun} == drawn


def step_of(table: str) -> str:
    return run_log.step_of(dg.AssetKey(table.split(".")))


def failed(entry: EventLogEntry) -> bool:
    return entry.dagster_event is not None and entry.dagster_event.is_step_failure


@pytest.mark.parametrize("is_gone", [True, False])
@pytest.mark.parametrize(
    "name", [EVENTS, "lake.files", pytest.param("lake.accepted", marks=pytest.mark.slow)]
)
def test_what_fails_since_a_data_file_is_gone_or_another_names_table_file_and_way_out(
    shop: Toys, name: str, is_gone: bool
) -> None:
    click(shop, DAY, name="a")
    shop.refresh()
    click(shop, DAY, name="b")
    for path in Path(shop.lake.store.uri(name)).rglob("*.parquet"):
        if is_gone:
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:-9])
    (file, *_) = shop.lake.store.damage(name)

    told = told_by_a_refresh(shop)

    for part in (f"{name} in the lake is damaged", file, f"Put {shop.lake.store.uri(name)} back"):
        assert part in told, told


@pytest.mark.parametrize("is_news", [False, True])
def test_a_refresh_that_reads_no_damaged_table_names_it_nonetheless(
    shop: Toys, is_news: bool
) -> None:
    click(shop, DAY, name="a")
    shop.refresh()
    assert not shop.refresh().could_not
    (path, *_) = Path(shop.lake.store.uri(EVENTS)).rglob("part-*.parquet")
    path.unlink()
    if is_news:
        shop.lake.land("notes.txt", "not for us")
    out = io.StringIO()

    refreshed = shop.refresh()
    Watching(Console(file=out, width=200)).summary(refreshed)

    assert refreshed.ignored_files == int(is_news)
    assert not refreshed.crashed
    with pytest.raises(typer.Exit) as ended:
        _exit_as(refreshed)
    assert ended.value.exit_code == COULD_NOT_RUN
    assert f"damaged {EVENTS} in the lake is damaged: " in out.getvalue()
    assert f"{path.name} is gone" in out.getvalue()
    assert "up to date" not in out.getvalue()


def told_by_a_refresh(shop: Toys) -> str:
    """What the terminal says, and the log of the run, if it came to one."""
    try:
        (told, *_) = shop.refresh().crashed.values()
    except MegaToysError as error:
        return str(error)
    (failure, *_) = [
        one for one in log_of(shop) if one.dagster_event and one.dagster_event.is_step_failure
    ]
    assert failure.dagster_event
    assert told in (failure.dagster_event.message or "")
    return told
