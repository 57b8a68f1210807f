"""What Dagster shows of a check is what the lake has noted, whatever died between the two."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.contract import Check
from mega_toys.declared.errors import LakeError
from mega_toys.orchestration.reporting.run_log import RunLog
from mega_toys_tests.dying import DiedError
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.assets.test_warehouse import days_with_more_than_one_page
from mega_toys_tests.orchestration.runs.test_refresh_run import FUNNEL, click
from mega_toys_tests.orchestration.toys import Toys, toys

CHECK = days_with_more_than_one_page.__name__
GOOD, BAD = "SUCCEEDED", "FAILED"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    checks = (Check(finds=days_with_more_than_one_page),)
    catalog = Catalog(
        dataclasses.replace(t, checks=checks) if str(t.name) == FUNNEL else t
        for t in needed_for(FUNNEL)
    )
    with toys(tmp_path, catalog, dt.date(2026, 3, 1)) as made:
        yield made


def shown(shop: Toys, table: str = FUNNEL) -> dict[str, str]:
    """How the UI shows the checks of a table."""
    asset = dg.AssetKey(table.split("."))
    keys = [
        key for key in shop.defs.resolve_asset_graph().asset_check_keys if key.asset_key == asset
    ]
    found = shop.instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    return {key.name: record.status.value for key, record in found.items()}


def die_before_the_events(shop: Toys, patch: pytest.MonkeyPatch, table: str = FUNNEL) -> None:
    """Refresh in a process that ends when a table and its note are written, and no event is."""
    done = RunLog.done

    def die(log: RunLog, key: dg.AssetKey, *told: Any) -> None:
        if key == dg.AssetKey(table.split(".")):
            raise DiedError
        done(log, key, *told)

    with patch.context() as within:
        within.setattr(RunLog, "done", die)
        with pytest.raises(LakeError, match=DiedError.__name__):
            shop.refresh()


@pytest.mark.slow
def test_a_check_that_fails_since_a_run_that_died_is_shown_as_failed(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, "2026-03-12", name="a")
    shop.refresh()
    assert shown(shop)[CHECK] == GOOD

    click(shop, "2026-03-12", name="b")
    die_before_the_events(shop, monkeypatch)
    assert shown(shop)[CHECK] == GOOD

    shop.refresh()
    assert shown(shop)[CHECK] == BAD


@pytest.mark.slow
def test_a_check_that_passes_since_a_run_that_died_is_shown_as_passed_once(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, "2026-03-12", name="a")
    click(shop, "2026-03-12", name="b")
    shop.refresh()
    assert shown(shop)[CHECK] == BAD

    shop.lake.send("commerce/web_events/2026-03-12/b.ndjson")
    die_before_the_events(shop, monkeypatch)
    assert shown(shop)[CHECK] == BAD

    assert FUNNEL not in {outcome.table for outcome in shop.refresh().outcomes}
    assert set(shown(shop).values()) == {GOOD}
    runs = shop.instance.get_runs_count()
    shop.refresh()
    assert shop.instance.get_runs_count() == runs


@pytest.mark.slow
def test_the_checks_of_a_table_of_which_dagster_knows_nothing_are_shown(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, "2026-03-12", name="a")
    die_before_the_events(shop, monkeypatch)
    assert not shown(shop)

    shop.refresh()

    assert set(shown(shop).values()) == {GOOD}


@pytest.mark.slow
def test_a_check_that_was_to_run_is_shown_as_it_stands_once_that_run_is_over(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, "2026-03-12", name="a")
    shop.refresh()
    with monkeypatch.context() as within:
        within.setattr("mega_toys.orchestration.assets.tables.refresh_table", lambda *_: 1 / 0)
        died = shop.materialize(FUNNEL, **{"dagster/partition": "2026-03-12"}).dagster_run
    shop.instance.report_dagster_event(DagsterEvent("PIPELINE_START", shop.job.name), died.run_id)
    shop.refresh()
    assert set(shown(shop).values()) == {"PLANNED"}

    shop.instance.report_run_failed(died, "The process of this run is gone.")
    shop.refresh()

    assert set(shown(shop).values()) == {GOOD}
