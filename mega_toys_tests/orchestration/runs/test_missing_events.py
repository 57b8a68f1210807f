import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from mega_toys.declared.table import Bronze, Events
from mega_toys.lake.run.work import Work
from mega_toys.operations.refresh import prepare
from mega_toys.orchestration.assets import landing_zone
from mega_toys.orchestration.reporting.latest import latest_results
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.runs.test_refresh_run import EVENTS, FUNNEL, click
from mega_toys_tests.orchestration.toys import TODAY, Toys, toys

YESTERDAY = TODAY - dt.timedelta(days=1)
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
    with toys(tmp_path, needed_for(FUNNEL), since=YESTERDAY) as made:
        yield made


@pytest.mark.slow
def test_days_that_a_killed_run_wrote_and_never_reported_are_reported_by_the_next_refresh(
    shop: Toys,
) -> None:
    click(shop, "2026-03-10")
    work = shop.lakehouse.work("killed")
    prepare(work)
    for table in shop.lake.catalog:
        if isinstance(table, (Bronze, Events)):
            shop.lake.take_in(str(table.name), work)
    assert not shop.days_shown(EVENTS)

    shop.refresh()

    for table in ("commerce.bronze.web_events", EVENTS, "commerce.silver.sessions", FUNNEL):
        assert set(shop.rows_shown(table)) == {"2026-03-10"}, table


@pytest.mark.slow
def test_a_lost_home_of_dagster_is_filled_again(shop: Toys) -> None:
    click(shop, "2026-03-10")
    shop.refresh()

    with dg.DagsterInstance.ephemeral() as fresh:
        shop.instance = fresh
        assert not shop.refresh().outcomes
        assert set(shop.rows_shown(FUNNEL)) == {"2026-03-10"}


@pytest.mark.slow
def test_a_day_that_failed_and_is_up_to_date_is_shown_as_failed_no_longer(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions, day = "commerce.silver.sessions", f"{YESTERDAY}"
    click(shop, day)
    shop.refresh()
    monkeypatch.setattr("mega_toys.orchestration.assets.tables.refresh_table", lambda *_: 1 / 0)
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
        monkeypatch.setattr("mega_toys.orchestration.assets.tables.refresh_table", lambda *_: 1 / 0)
        assert not shop.materialize(factories).success
        monkeypatch.undo()

        shop.refresh()

        key = dg.AssetKey(factories.split("."))
        entry = shop.instance.get_asset_records([key])[0].asset_entry
        assert entry.last_materialization_record is not None
        assert entry.last_run_id == entry.last_materialization_record.run_id


@pytest.mark.slow
def test_an_up_to_date_lake_is_green_on_every_day_until_today(shop: Toys) -> None:
    click(shop, f"{YESTERDAY}")
    shop.refresh()

    for name in (str(table.name) for table in shop.lake.catalog if table.day_column):
        for day in (f"{YESTERDAY}", f"{TODAY}"):
            assert shop.status(name, day) is dg.AssetPartitionStatus.MATERIALIZED, (name, day)


@pytest.mark.slow
def test_a_day_without_rows_is_told_once_and_a_day_ahead_is_kept(shop: Toys) -> None:
    tomorrow = TODAY + dt.timedelta(days=1)
    click(shop, f"{tomorrow}", landed=f"{TODAY}")
    shop.refresh()
    assert not shop.refresh().outcomes

    key = dg.AssetKey(FUNNEL.split("."))
    records = shop.instance.fetch_materializations(key, 100).records
    assert sorted(str(record.partition_key) for record in records) == [
        f"{YESTERDAY}",
        f"{TODAY}",
        f"{tomorrow}",
    ]
    events = {one.partition_key: one.asset_materialization for one in records}
    of_today = events[f"{TODAY}"]
    assert of_today
    assert f"sample of {tomorrow}" in of_today.metadata
    assert "sample" not in of_today.metadata
    told = {
        day: (one.description, one.metadata.get("reported")) for day, one in events.items() if one
    }
    for day in (YESTERDAY, TODAY):
        until = day + dt.timedelta(days=3)
        so_far = f"no rows so far: what comes of this day until the end of {until}, UTC, counts"
        assert told[f"{day}"] == (so_far, dg.TextMetadataValue(so_far))
    assert told[f"{tomorrow}"] == (None, None)
    assert shop.rows_shown(FUNNEL) == {f"{tomorrow}": 1}
    runs = shop.instance.get_runs_count()
    shop.refresh()
    assert shop.instance.get_runs_count() == runs


def told_of(shop: Toys, table: str, day: dt.date) -> list[str | None]:
    """What the events of a day say beside its figures, newest first."""
    key = dg.AssetKey(table.split("."))
    of_day = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[f"{day}"])
    records = shop.instance.fetch_materializations(of_day, 10).records
    return [record.asset_materialization.description for record in records]  # type: ignore[union-attr]


@pytest.mark.slow
def test_a_day_that_closes_without_rows_is_told_once_more(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, f"{YESTERDAY}")
    shop.refresh()
    until = TODAY + dt.timedelta(days=3)
    so_far = f"no rows so far: what comes of this day until the end of {until}, UTC, counts"
    assert told_of(shop, FUNNEL, TODAY) == [so_far]

    for days in (3, 4, 5):
        late = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
        monkeypatch.setattr(Work, "now", lambda work, late=late: late)
        shop.refresh()
        closed = ["no rows: the day has closed without, and what lands now is too late"]
        assert told_of(shop, FUNNEL, TODAY) == [*(closed if days > 3 else []), so_far]

    newest = shop.instance.fetch_materializations(dg.AssetKey(FUNNEL.split(".")), 1).records[0]
    assert newest.partition_key == f"{YESTERDAY}"


@pytest.mark.slow
def test_no_page_says_too_late_of_what_counts_however_late(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, f"{YESTERDAY}")
    shop.refresh()
    late = dt.datetime.now(dt.UTC) + dt.timedelta(days=4)
    monkeypatch.setattr(Work, "now", lambda work: late)
    shop.refresh()

    assert told_of(shop, "commerce.bronze.web_events", TODAY) == [
        "no rows: the day has closed without; what still comes of it counts all the same",
        "no rows so far: what comes of this day counts, however late",
    ]


@pytest.mark.slow
def test_the_landing_zone_is_shown_as_well_by_a_refresh_once(shop: Toys) -> None:
    key = dg.AssetCheckKey(landing_zone.KEY, landing_zone.CHECK)
    click(shop, f"{YESTERDAY}")
    shop.refresh()

    ((evaluation, _),) = latest_results([key], shop.instance).values()
    assert evaluation.passed
    assert evaluation.description == "The landing zone is there."
    (observed,) = shop.instance.fetch_observations(landing_zone.KEY, 10).records
    assert observed.asset_observation is not None
    assert observed.asset_observation.metadata["path"].value == str(shop.lake.landing)
    runs = shop.instance.get_runs_count()
    shop.refresh()
    assert shop.instance.get_runs_count() == runs


@pytest.mark.slow
def test_the_newest_day_with_rows_is_shown_last_though_later_days_are_empty(shop: Toys) -> None:
    click(shop, f"{YESTERDAY}")
    shop.refresh()

    for table in (EVENTS, FUNNEL, "lake.gold.data_quality_daily"):
        key = dg.AssetKey(table.split("."))
        newest = shop.instance.fetch_materializations(key, 1).records[0]
        assert newest.partition_key == f"{YESTERDAY}", table
    assert not shop.refresh().outcomes


def test_nothing_is_green_before_anything_has_landed(shop: Toys) -> None:
    shop.refresh()

    assert not shop.days_shown(FUNNEL)


@pytest.mark.slow
def test_a_table_that_is_not_up_to_date_is_told_nothing_of_days_without_rows(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, f"{YESTERDAY}")
    monkeypatch.setitem(shop.lake.catalog[FUNNEL].__dict__, "build", lambda sessions: 1 / 0)

    shop.refresh()

    assert not shop.days_shown(FUNNEL)
