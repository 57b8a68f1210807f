"""What BI tools read is the newest version of each gold table that is known to be good."""

import dataclasses
import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import dataframely as dy
import duckdb
import polars as pl
import pytest

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.contract import Check
from mega_toys.domains.commerce.gold.funnel_daily import FunnelDaily
from mega_toys.lake.reading.source import Source
from mega_toys.operations.status import statuses
from mega_toys.orchestration.assets import published_rows
from mega_toys_tests.lake.checks.checked import TENTH
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.runs.test_refresh_run import EVENTS, FUNNEL, click
from mega_toys_tests.orchestration.toys import Toys, toys

REJECTED = "commerce.quarantine.web_events"


def days_with_more_than_one_page(funnel: dy.LazyFrame[FunnelDaily]) -> pl.LazyFrame:
    """No visit of these tests is engaged."""
    return funnel.filter(pl.col("engaged_sessions") > 0).select("day", "engaged_sessions")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    checks = (Check(finds=days_with_more_than_one_page, blocks=True),)
    catalog = Catalog(
        dataclasses.replace(t, checks=checks) if str(t.name) == FUNNEL else t
        for t in needed_for(FUNNEL)
    )
    with toys(tmp_path, catalog, dt.date(2026, 3, 1)) as made:
        yield made


def asked(shop: Toys, query: str) -> list[tuple[Any, ...]]:
    path = Path(shop.lake.store.root) / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as bi:
        return bi.sql(query).fetchall()


def sold(shop: Toys) -> list[tuple[Any, ...]]:
    query = "SELECT CAST(day AS VARCHAR), engaged_sessions FROM commerce.funnel_daily ORDER BY 1"
    return asked(shop, query)


def held_back(shop: Toys) -> tuple[Any, ...] | None:
    query = f"SELECT version, held_back FROM published WHERE name = '{FUNNEL}'"
    (found,) = asked(shop, query)
    return found


def shown(shop: Toys, table: str, check: str) -> str:
    key = dg.AssetCheckKey(dg.AssetKey(table.split(".")), check)
    found = shop.instance.event_log_storage.get_latest_asset_check_execution_by_key([key])
    return found[key].status.value


def failed(shop: Toys, table: str) -> tuple[str, ...]:
    plan = shop.lakehouse.plan("seen")
    return next(one.failed for one in statuses(plan) if one.table == table)


@pytest.mark.slow
def test_gold_that_fails_is_held_back_until_it_is_mended(shop: Toys) -> None:
    click(shop, "2026-03-10")
    shop.refresh()
    good = shop.lake.store.version(FUNNEL)
    assert held_back(shop) == (good, None)

    click(shop, "2026-03-12", name="a")
    click(shop, "2026-03-12", name="b")
    shop.refresh()
    assert shop.lake.rows(FUNNEL).height == 2
    assert sold(shop) == [("2026-03-10", 0)]
    assert held_back(shop) == (good, "it fails days_with_more_than_one_page")
    key = dg.AssetKey(["lake", "warehouse"])
    (event,) = shop.instance.fetch_materializations(key, 1).records
    assert event.asset_materialization is not None
    told = event.asset_materialization.metadata[FUNNEL].value
    assert told == f"version {good}, since it fails days_with_more_than_one_page"

    click(shop, "2026-03-14")
    shop.refresh()
    assert sold(shop) == [("2026-03-10", 0)]

    shop.lake.send("commerce/web_events/2026-03-12/b.ndjson")
    shop.refresh()
    assert sold(shop) == [("2026-03-10", 0), ("2026-03-12", 0), ("2026-03-14", 0)]
    assert held_back(shop) == (shop.lake.store.version(FUNNEL), None)


@pytest.mark.slow
def test_a_lake_put_back_that_grew_to_the_versions_published_is_published_anew(shop: Toys) -> None:
    click(shop, "2026-03-10")
    shop.refresh()
    root = Path(shop.lake.store.root)
    backup = shutil.copytree(root, shop.lake.folder / "backup")
    click(shop, "2026-03-12")
    shop.refresh()
    version = shop.lake.store.version(FUNNEL)
    shutil.copy(root / "warehouse.duckdb", backup)
    shutil.rmtree(root)
    shutil.copytree(backup, root)
    shutil.rmtree(shop.lake.landing / "commerce/web_events/2026-03-12")

    click(shop, "2026-03-14")
    shop.refresh()

    assert shop.lake.store.version(FUNNEL) == version
    assert sold(shop) == [("2026-03-10", 0), ("2026-03-14", 0)]


def days_read(shop: Toys, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Refresh; of which days the file that is published reads the funnel in the lake."""
    read: set[str] = set()
    make = published_rows.Source.of

    def noting(store: Any, name: str, *of_days: Any) -> Source:
        source = make(store, name, *of_days)
        if name == FUNNEL:
            read.update(re.findall(r"day=([0-9-]+)/", source.sql))
        return source

    with monkeypatch.context() as patched:
        patched.setattr(published_rows.Source, "of", noting)
        shop.refresh()
    return read


@pytest.mark.slow
def test_only_days_that_changed_are_read_to_be_published(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, "2026-03-10")
    click(shop, "2026-03-12")
    assert days_read(shop, monkeypatch) == {"2026-03-10", "2026-03-12"}
    click(shop, "2026-03-14")
    assert days_read(shop, monkeypatch) == {"2026-03-14"}
    (shop.lake.landing / "commerce/web_events/2026-03-12/late.ndjson").write_text("")
    assert days_read(shop, monkeypatch) == set()

    rows = shop.lake.rows(FUNNEL).sort("day").rows()
    assert asked(shop, "FROM commerce.funnel_daily ORDER BY day") == rows
    assert [day for day, _ in sold(shop)] == ["2026-03-10", "2026-03-12", "2026-03-14"]


@pytest.mark.slow
def test_gold_that_others_wrote_to_is_published_as_a_whole(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, "2026-03-10")
    click(shop, "2026-03-12")
    shop.refresh()
    before = shop.lake.rows(FUNNEL).filter(pl.col("day") == dt.date(2026, 3, 12))
    before.write_delta(
        shop.lake.store.uri(FUNNEL),
        mode="overwrite",
        delta_write_options={"predicate": "day = '2026-03-12'"},
    )

    assert days_read(shop, monkeypatch) == {"2026-03-10", "2026-03-12"}


def test_what_others_wrote_into_the_file_is_gone_with_the_next_news(shop: Toys) -> None:
    click(shop, "2026-03-10")
    click(shop, "2026-03-12")
    shop.refresh()
    with duckdb.connect(str(shop.lake.folder / "lake/warehouse.duckdb")) as connection:
        connection.execute("UPDATE commerce.funnel_daily SET sessions = 99")
    click(shop, "2026-03-14")

    shop.refresh()

    rows = shop.lake.rows(FUNNEL).sort("day").rows()
    assert asked(shop, "FROM commerce.funnel_daily ORDER BY day") == rows


@pytest.mark.slow
def test_gold_that_never_was_good_is_not_published(shop: Toys) -> None:
    click(shop, "2026-03-12", name="a")
    click(shop, "2026-03-12", name="b")
    shop.refresh()

    assert held_back(shop) == (None, "it fails days_with_more_than_one_page")
    query = f"SELECT count(*) FROM duckdb_tables() WHERE table_name = '{FUNNEL.split('.')[-1]}'"
    assert asked(shop, query) == [(0,)]


@pytest.mark.slow
def test_materializing_a_day_that_is_up_to_date_takes_no_failure_back(shop: Toys) -> None:
    click(shop, "2026-03-10")
    click(shop, "2026-03-12", name="a")
    click(shop, "2026-03-12", name="b")
    shop.refresh()
    check = "days_with_more_than_one_page"
    assert (shown(shop, FUNNEL, check), failed(shop, FUNNEL)) == ("FAILED", (check,))

    for day in ("2026-03-10", "2026-03-11", "2026-03-12"):
        shop.materialize(FUNNEL, **{"dagster/partition": day})

        assert (shown(shop, FUNNEL, check), failed(shop, FUNNEL)) == ("FAILED", (check,))


def reject_one_more(shop: Toys) -> None:
    """Put a record into the quarantine that no account knows, behind the lake's back."""
    rejected = shop.lake.rows(REJECTED)
    told = {"day": [TENTH], "_file": ["x.ndjson"], "rules": [["x"]]}
    stray = pl.DataFrame(told, schema_overrides=rejected.schema)
    stray = pl.concat([rejected, stray], how="diagonal")
    stray.write_delta(shop.lake.store.uri(REJECTED), mode="append")


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["landing zone", "transform"])
def test_the_nightly_job_checks_what_is_there_where_its_refresh_fails(
    shop: Toys, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    click(shop, "2026-03-10")
    shop.refresh()
    reject_one_more(shop)
    if fault == "transform":
        click(shop, "2026-03-12")
        monkeypatch.setitem(shop.lake.catalog[FUNNEL].__dict__, "build", lambda **_: 1 / 0)
    else:
        shop.lake.landing.rename(shop.lake.folder / "away")

    ended = shop.run("check_everything")

    assert not ended.success
    (error,) = (one.event_specific_data.error for one in ended.all_events if one.is_step_failure)
    assert ("is not there" if fault == "landing zone" else FUNNEL) in error.cause.message
    if fault == "landing zone":  # else the refresh makes the quarantine anew
        assert shown(shop, EVENTS, "accounts_add_up") == "FAILED"
        assert f"Checks fail: {EVENTS}." in error.cause.message


@pytest.mark.slow
def test_what_the_nightly_job_finds_status_and_the_refresh_know(shop: Toys) -> None:
    click(shop, "2026-03-10")
    shop.refresh()
    reject_one_more(shop)

    assert not shop.run("check_everything").success
    assert shown(shop, EVENTS, "accounts_add_up") == "FAILED"
    assert failed(shop, EVENTS) == ("accounts_add_up",)

    shop.refresh()  # it sees a commit that it does not know, and makes the quarantine anew
    assert shown(shop, EVENTS, "accounts_add_up") == "SUCCEEDED"
    assert failed(shop, EVENTS) == ()
