from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from mega_toys.lake.table import Kind
from mega_toys.refresh import prepare, refresh_table
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.test_refresh import EVENTS, FUNNEL, click
from mega_toys_tests.orchestration.toys import Toys, toys

FACTORY = {
    "factory_id": "F1",
    "name": "Ulm",
    "country": "DE",
    "time_zone": "Europe/Berlin",
    "currency": "EUR",
    "updated_at": "2026-03-10T00:00:00Z",
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, needed_for(FUNNEL)) as made:
        yield made


def test_days_that_a_killed_run_wrote_and_never_reported_are_reported_by_the_next_refresh(
    shop: Toys,
) -> None:
    click(shop, "2026-03-10")
    work = shop.lakehouse.work("killed")
    prepare(work)
    for table in shop.lake.catalog:
        if table.kind in (Kind.BRONZE, Kind.EVENTS):
            refresh_table(table, work, shop.lake.landing)
    assert not shop.days_shown(EVENTS)

    shop.refresh()

    for table in ("commerce.bronze.web_events", EVENTS, "commerce.silver.sessions", FUNNEL):
        assert shop.days_shown(table) == {"2026-03-10"}, table


@pytest.mark.slow
def test_a_lost_home_of_dagster_is_filled_again(shop: Toys) -> None:
    click(shop, "2026-03-10")
    shop.refresh()

    with dg.DagsterInstance.ephemeral() as fresh:
        shop.instance = fresh
        assert not shop.refresh().outcomes
        assert shop.days_shown(FUNNEL) == {"2026-03-10"}


def test_a_day_that_failed_and_is_up_to_date_is_shown_as_failed_no_longer(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, "2026-03-10")
    shop.refresh()
    sessions, day = "commerce.silver.sessions", "2026-03-10"
    monkeypatch.setattr("mega_toys.orchestration.assets.refresh_table", lambda *_: 1 / 0)
    assert not shop.materialize(sessions, **{"dagster/partition": day}).success
    monkeypatch.undo()
    assert shop.status(sessions, day) is dg.AssetPartitionStatus.FAILED

    assert not shop.refresh().outcomes

    assert shop.status(sessions, day) is dg.AssetPartitionStatus.MATERIALIZED
    runs = shop.instance.get_runs_count()
    shop.refresh()
    assert shop.instance.get_runs_count() == runs


def test_a_table_without_days_that_failed_and_is_up_to_date_is_shown_as_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories = "manufacturing.silver.factories"
    with toys(tmp_path, needed_for(factories)) as shop:
        shop.lake.send("manufacturing/factories/2026-03-10/a.ndjson", FACTORY)
        shop.refresh()
        monkeypatch.setattr("mega_toys.orchestration.assets.refresh_table", lambda *_: 1 / 0)
        assert not shop.materialize(factories).success
        monkeypatch.undo()

        shop.refresh()

        key = dg.AssetKey(factories.split("."))
        entry = shop.instance.get_asset_records([key])[0].asset_entry
        assert entry.last_materialization_record is not None
        assert entry.last_run_id == entry.last_materialization_record.run_id
