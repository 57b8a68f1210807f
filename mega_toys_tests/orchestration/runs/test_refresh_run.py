import datetime as dt
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
import typer
from dagster._core.storage.event_log import EventLogRecord

from mega_toys.command.lake_commands import exit_as
from mega_toys.declared.table import Bronze
from mega_toys.lake.run.work import Work
from mega_toys.orchestration.assets import landing_zone
from mega_toys.orchestration.reporting.latest import latest_results
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.toys import TODAY, Toys, toys

FUNNEL = "commerce.gold.funnel_daily"
EVENTS = "commerce.silver.web_events"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, needed_for(FUNNEL)) as made:
        yield made


def click(
    toys: Toys, day: str, name: str = "a", landed: str | None = None, device: str = "mobile"
) -> None:
    toys.lake.send(
        f"commerce/web_events/{landed or day}/{name}.ndjson",
        {
            "event_id": f"{day} {name}",
            "client_id": "c",
            "ts": f"{day}T10:00:00Z",
            "event_name": "page_view",
            "device": device,
        },
    )


def test_dagster_shows_exactly_the_days_that_the_lake_has(shop: Toys) -> None:
    click(shop, "2026-03-10")
    click(shop, "2026-03-12")
    click(shop, "2011-01-01")

    refreshed = shop.refresh()

    assert not refreshed.crashed
    days = {str(day) for day in shop.lake.rows(FUNNEL)["day"]}
    assert days == {"2011-01-01", "2026-03-10", "2026-03-12"}
    for table in (EVENTS, "commerce.silver.sessions", FUNNEL):
        assert set(shop.rows_shown(table)) == days, table


def event_of(toys: Toys, table: str, day: str) -> EventLogRecord:
    """The newest event of a day."""
    key = dg.AssetKey(table.split("."))
    records = toys.instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=key, asset_partitions=[day]), 1
    ).records
    return records[0]


@pytest.mark.slow
def test_what_may_not_be_read_is_told_by_every_refresh_and_ends_it_with_code_2(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, "2026-03-10")
    shop.refresh()
    click(shop, "2026-03-11")
    path = shop.lake.landing / "commerce/web_events/2026-03-10/a.ndjson"
    os.utime(path, (1, 1))
    opened = Path.open

    def refuse(location: Path, *how: Any, **more: Any) -> Any:
        if location == path:
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(location, *how, **more)

    monkeypatch.setattr(Path, "open", refuse)

    for refreshed in (shop.refresh(), shop.refresh()):
        assert refreshed.unread == ["commerce/web_events/2026-03-10/a.ndjson"]
        with pytest.raises(typer.Exit) as ended:
            exit_as(refreshed)
        assert ended.value.exit_code == 2
    assert shop.lake.rows(EVENTS).height == 2


def test_a_refresh_without_news_makes_no_run(shop: Toys) -> None:
    click(shop, "2026-03-10")
    shop.refresh()
    runs, versions = shop.instance.get_runs_count(), shop.lake.versions()

    assert not shop.refresh().outcomes
    assert shop.instance.get_runs_count() == runs
    assert shop.lake.versions() == versions


def test_a_late_event_turns_exactly_its_day(shop: Toys) -> None:
    click(shop, "2026-03-10")
    click(shop, "2026-03-12")
    shop.refresh()
    click(shop, "2026-03-10", name="late", landed="2026-03-13")

    outcomes = {outcome.table: outcome for outcome in shop.refresh().outcomes}

    assert {str(day) for day in outcomes[FUNNEL].days} == {"2026-03-10"}
    assert {str(day) for day in outcomes[EVENTS].days} == {"2026-03-10"}


def test_the_event_of_a_day_tells_the_figures_of_that_day(shop: Toys) -> None:
    click(shop, "2026-03-10")
    click(shop, "2026-03-10", name="b")
    click(shop, "2026-03-10", name="again", landed="2026-03-11")
    shop.lake.send("commerce/web_events/2026-03-12/bad.ndjson", {"ts": "2026-03-12T10:00:00Z"})
    click(shop, "2026-03-12")
    shop.refresh()

    shown = {}
    for day in ("2026-03-10", "2026-03-12"):
        event = event_of(shop, EVENTS, day).asset_materialization
        assert event is not None
        rows = event.metadata["dagster/partition_row_count"].value
        counts = ("received", "accepted", "duplicates", "quarantined")
        shown[day] = (rows, *(event.metadata[name].value for name in counts))
    assert shown == {"2026-03-10": (3, 3, 3, 0, 0), "2026-03-12": (1, 2, 1, 0, 1)}

    landed = event_of(shop, "commerce.bronze.web_events", "2026-03-12").asset_materialization
    assert landed is not None
    assert landed.metadata["files"].value == 2


def test_materializing_days_that_are_up_to_date_ends_green_and_says_so(tmp_path: Path) -> None:
    days = [TODAY - dt.timedelta(days=back) for back in (2, 1, 0)]
    with toys(tmp_path, needed_for(FUNNEL), since=days[0]) as shop:
        click(shop, f"{days[1]}")
        shop.refresh()
        span = {
            "dagster/asset_partition_range_start": f"{days[0]}",
            "dagster/asset_partition_range_end": f"{days[2]}",
        }

        result = shop.materialize(FUNNEL, **span)

        assert result.success
        assert shop.days_shown(FUNNEL) == set(map(str, days))
        assert shop.rows_shown(FUNNEL) == {f"{days[1]}": 1}
        said = [entry.user_message for entry in shop.instance.all_logs(result.run_id)]
        assert any("nothing to do" in line for line in said)


@pytest.mark.slow
def test_materializing_a_day_builds_that_stale_day_and_leaves_the_others_stale(
    tmp_path: Path,
) -> None:
    with toys(tmp_path, needed_for(FUNNEL), since=dt.date(2026, 3, 9)) as shop:
        click(shop, "2026-03-10")
        click(shop, "2026-03-12")
        for table in shop.lake.catalog:
            if isinstance(table, Bronze):
                assert shop.materialize(
                    str(table.name), **{"dagster/partition": "2026-03-10"}
                ).success
        assert shop.materialize(EVENTS, **{"dagster/partition": "2026-03-10"}).success
        sessions = "commerce.silver.sessions"
        assert shop.materialize(sessions, **{"dagster/partition": "2026-03-10"}).success

        assert {str(day) for day in shop.lake.rows(sessions)["day"]} == {"2026-03-10"}
        assert sessions in {outcome.table for outcome in shop.refresh().outcomes}
        assert {str(d) for d in shop.lake.rows(sessions)["day"]} == {"2026-03-10", "2026-03-12"}


def test_a_refresh_is_one_run(shop: Toys) -> None:
    click(shop, "2026-03-10")
    shop.refresh()

    (run,) = shop.instance.get_runs()
    event = event_of(shop, FUNNEL, "2026-03-10")

    assert (run.job_name, run.status) == ("refresh", dg.DagsterRunStatus.SUCCESS)
    assert event.run_id == run.run_id


@pytest.mark.slow
def test_a_file_that_is_ignored_makes_a_check_fail_though_no_table_has_news(shop: Toys) -> None:
    click(shop, "2026-03-10")
    shop.refresh()
    paths = [
        shop.lake.land(path, "x")
        for path in ("commerce/web_events/2026-03-10/clicks.xlsx", "commerce/a.csv")
    ]
    refreshed = shop.refresh()
    keys = [
        dg.AssetCheckKey(dg.AssetKey(["commerce", "bronze", "web_events"]), "files_are_read"),
        dg.AssetCheckKey(landing_zone.KEY, landing_zone.OF_A_DATASET.name),
    ]

    assert (refreshed.outcomes, refreshed.ignored_files) == ([], 2)
    results = latest_results(keys, shop.instance)
    for key, path in zip(keys, paths, strict=True):
        shown, _ = results[key]
        assert not shown.passed
        each = shown.metadata["each that is wrong"].value
        assert each == [path.relative_to(shop.lake.landing).as_posix()]
    runs = shop.instance.get_runs_count()
    shop.refresh()
    assert shop.instance.get_runs_count() == runs

    for path in paths:
        path.unlink()
    shop.refresh()
    assert all(shown.passed for shown, _ in latest_results(keys, shop.instance).values())


@pytest.mark.slow
def test_the_hourly_refresh_tells_once_that_a_table_is_fresh_no_longer(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, "2026-03-10")
    shop.refresh()
    late = dt.datetime.now(dt.UTC) + dt.timedelta(hours=3)
    monkeypatch.setattr(Work, "now", lambda work: late)
    key = dg.AssetCheckKey(dg.AssetKey(EVENTS.split(".")), "is_fresh")

    def shown() -> list[str]:
        found = shop.instance.event_log_storage.get_asset_check_execution_history(key, limit=9)
        return [one.status.value for one in found]

    assert shown() == ["SUCCEEDED"]
    for _ in range(2):
        assert shop.run("refresh").success
        assert shown() == ["FAILED", "SUCCEEDED"]


@pytest.mark.slow
def test_gold_is_published_into_one_duckdb_file_when_it_changed(shop: Toys) -> None:
    import duckdb

    click(shop, "2026-03-10")
    shop.refresh()
    path = Path(shop.lake.store.root) / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as bi:
        found = bi.sql("SELECT day, sessions FROM commerce.funnel_daily").pl()
        counted = bi.sql(
            "SELECT received FROM lake.data_quality_daily WHERE rule = 'any'"
        ).fetchall()
    assert found["sessions"].to_list() == [1]
    assert counted == [(1,)]
    written = path.stat().st_mtime_ns

    shop.refresh()
    assert path.stat().st_mtime_ns == written

    with duckdb.connect(str(path), read_only=True) as reader:
        click(shop, "2026-03-12")
        shop.refresh()
        assert reader.sql("SELECT count(*) FROM commerce.funnel_daily").fetchall() == [(1,)]
    assert path.stat().st_mtime_ns != written


def test_every_asset_tells_group_owner_kinds_layer_and_columns(shop: Toys) -> None:
    graph = shop.defs.resolve_asset_graph()
    for table in shop.lake.catalog:
        node = graph.get(dg.AssetKey(list(table.name)))
        assert node.group_name == f"{table.name.domain}/{table.name.layer}"
        assert node.owners == [f"team:{table.contract.owner}"]
        assert node.kinds == {"polars", "deltalake", table.name.layer}
        assert node.tags["layer"] == table.name.layer
        columns = node.metadata["dagster/column_schema"].columns
        assert {column.name for column in columns} == set(table.schema)
        assert node.description


def test_lineage_begins_at_the_source_systems(shop: Toys) -> None:
    graph = shop.defs.resolve_asset_graph()
    bronze = graph.get(dg.AssetKey(["commerce", "bronze", "web_events"]))
    assert bronze.parent_keys == {dg.AssetKey(["commerce", "source", "web_events"])}


def test_the_rows_of_an_unpartitioned_table_are_told(tmp_path: Path) -> None:
    with toys(tmp_path, needed_for("commerce.silver.products")) as shop:
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
        shop.refresh()
        key = dg.AssetKey(["commerce", "silver", "products"])
        (event,) = shop.instance.fetch_materializations(key, 10).records
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["dagster/row_count"].value == 1
        assert shop.lake.rows("commerce.silver.products").select(pl.len()).item() == 1


@pytest.mark.slow
def test_the_nightly_job_checks_days_that_nothing_touched(shop: Toys) -> None:
    click(shop, "2026-03-10")
    shop.refresh()
    click(shop, "2026-03-12")
    shop.refresh()
    key = dg.AssetCheckKey(dg.AssetKey(EVENTS.split(".")), "keys_are_unique")

    def looked_at() -> int:
        executions = shop.instance.event_log_storage.get_latest_asset_check_execution_by_key([key])
        event = executions[key].event
        assert event is not None
        assert event.dagster_event is not None
        told = event.dagster_event.asset_check_evaluation_data.metadata
        return int(told["rows_looked_at"].value)  # type: ignore[arg-type]

    assert looked_at() == 1
    assert shop.run("check_everything").success
    assert looked_at() == 2
