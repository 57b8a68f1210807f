"""`lake.gold.data_quality_daily` is shown as any table is: by day, with checks that are noted."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from mega_toys.declared.errors import LakeError
from mega_toys.declared.lake.gold.data_quality_daily import TABLE
from mega_toys.lake.checks import declared
from mega_toys.lake.quarantined.standing import Choice
from mega_toys.operations.quarantine import dismiss, replay
from mega_toys.operations.rebuild import rebuild
from mega_toys.operations.status import statuses
from mega_toys.orchestration.runs.choices import TableChoice
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.reporting.test_checks_shown import (
    GOOD,
    die_before_the_events,
    shown,
)
from mega_toys_tests.orchestration.runs.test_refresh_run import EVENTS, FUNNEL, click
from mega_toys_tests.orchestration.test_failures import FAILED, MATERIALIZED
from mega_toys_tests.orchestration.toys import TODAY, Toys, toys

NAME, KEY = str(TABLE.name), dg.AssetKey(list(TABLE.name))
BEFORE, DAY = (f"{TODAY - dt.timedelta(days=back)}" for back in (2, 1))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, needed_for(FUNNEL), dt.date.fromisoformat(BEFORE)) as made:
        yield made


def test_each_day_is_green_with_its_own_figures(shop: Toys) -> None:
    click(shop, DAY)
    click(shop, DAY, name="bad", device="tv")
    shop.refresh()

    assert {shop.status(NAME, day) for day in (BEFORE, DAY, f"{TODAY}")} == {MATERIALIZED}
    assert shop.rows_shown(NAME) == {DAY: 2}
    records = shop.instance.fetch_materializations(KEY, 10).records
    (event, *_) = (one.asset_materialization for one in records if one.partition_key == DAY)
    assert event is not None
    told = {name: value.value for name, value in event.metadata.items()}
    assert (told["received"], told["accepted"], told["quarantined"], told["open"]) == (2, 1, 1, 1)
    assert set(shown(shop, NAME)) == {check.name for check in declared(TABLE)}
    runs = shop.instance.get_runs_count()
    shop.refresh()
    assert shop.instance.get_runs_count() == runs


@pytest.mark.slow
def test_a_count_that_fails_is_red_on_its_day_until_it_is_made(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, DAY)
    with monkeypatch.context() as patch:
        patch.setattr("mega_toys.lake.quarantined.quality._of_days", lambda *_: 1 / 0)
        assert set(shop.refresh().crashed) == {NAME}
        assert shop.status(NAME, DAY) is FAILED

    shop.refresh()
    assert shop.status(NAME, DAY) is MATERIALIZED


@pytest.mark.slow
def test_status_and_lake_days_tell_its_days_as_those_of_other_tables(shop: Toys) -> None:
    click(shop, DAY)
    shop.refresh()
    (status,) = (one for one in statuses(shop.lakehouse.plan("status")) if one.table == NAME)
    assert f"{status.newest_provisional}" == DAY

    click(shop, DAY, name="late")
    for table in ("commerce.bronze.web_events", EVENTS):
        shop.materialize(table, **{"dagster/partition": DAY})

    days = shop.lake.rows("lake.days").filter(table=NAME)
    assert days.select("day", "stale").rows() == [(dt.date.fromisoformat(DAY), True)]
    shop.refresh()
    assert not shop.lake.rows("lake.days")["stale"].any()


@pytest.mark.slow
def test_lake_days_tell_what_is_stale_since_somebody_decided(shop: Toys) -> None:
    click(shop, DAY, name="bad", device="tv")
    shop.refresh()
    work = shop.lakehouse.work("somebody")

    assert dismiss(work, Choice(), EVENTS, "somebody", "it stays") == 1
    assert stale_in_lake_days(shop) == {NAME}
    shop.refresh()
    assert stale_in_lake_days(shop) == set()

    assert replay(work, Choice(status="dismissed"), EVENTS) == {EVENTS: 1}
    assert stale_in_lake_days(shop) == {EVENTS}
    shop.refresh()
    assert stale_in_lake_days(shop) == set()


def stale_in_lake_days(shop: Toys) -> set[str]:
    """The tables of which some day is stale."""
    return {*shop.lake.rows("lake.days").filter(stale=True)["table"]}


@pytest.mark.slow
def test_it_is_rebuilt_by_its_name_and_offered_by_the_job(shop: Toys) -> None:
    click(shop, DAY)
    shop.refresh()
    work = shop.lakehouse.work("somebody")
    rows = work.store.scan(NAME).collect()
    work.store.replace_all(work.stored(TABLE), rows.clear().lazy(), work.note(TABLE, whole=True))

    found = rebuild([shop.lake.catalog[NAME]], work, shop.lake.zone, swap=True, say=lambda _: None)

    assert [one.table for one in found] == [NAME]
    assert shop.lake.rows(NAME).equals(rows)
    assert NAME in TableChoice.__members__


@pytest.mark.slow
def test_lake_days_that_a_killed_refresh_did_not_keep_are_kept_by_the_next(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, DAY)
    with monkeypatch.context() as patch:
        patch.setattr("mega_toys.orchestration.runs.refresh_run.keep_days", lambda *_: 1 / 0)
        with pytest.raises(LakeError):
            shop.refresh()
    assert shop.lake.rows("lake.days").is_empty()

    shop.refresh()

    assert {FUNNEL, NAME} <= {*shop.lake.rows("lake.days")["table"]}


@pytest.mark.slow
def test_its_days_can_be_materialized_and_made_anew(shop: Toys) -> None:
    click(shop, DAY)
    shop.refresh()
    work = shop.lakehouse.work("somebody")
    rows = work.store.scan(NAME).collect()
    empty, note = rows.clear().lazy(), work.note(TABLE, whole=True)
    work.store.replace_all(work.stored(TABLE), empty, note)

    assert shop.materialize(NAME, **{"dagster/partition": DAY}).success
    assert shop.lake.rows(NAME).is_empty()
    ops = {KEY.to_python_identifier(): {"config": {"force": True}}}
    forced = shop.job.execute_in_process(
        instance=shop.instance, asset_selection=[KEY], run_config={"ops": ops},
        tags={"dagster/partition": DAY},
    )  # fmt: skip

    assert forced.success
    assert shop.lake.rows(NAME).equals(rows)


@pytest.mark.slow
def test_what_a_run_that_died_did_not_tell_of_it_is_shown_by_the_next(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, DAY)
    die_before_the_events(shop, monkeypatch, NAME)
    assert not shown(shop, NAME)

    shop.refresh()

    assert shop.rows_shown(NAME) == {DAY: 1}
    assert set(shown(shop, NAME).values()) == {GOOD}


def test_a_table_whose_accounts_are_of_landing_days_says_so_of_its_figures(tmp_path: Path) -> None:
    rates = "finance.silver.exchange_rates"
    with toys(tmp_path, needed_for(rates), dt.date.fromisoformat(BEFORE)) as made:
        rate = {"currency": "USD", "units_per_eur": 1.1, "day": BEFORE}
        rate["updated_at"] = f"{BEFORE}T16:00:00Z"
        made.lake.send(f"finance/exchange_rates/{DAY}/a.ndjson", rate)
        made.refresh()

        records = made.instance.fetch_materializations(dg.AssetKey(rates.split(".")), 10).records
        told = {str(one.partition_key): one.asset_materialization for one in records}
        event = told[BEFORE]
        assert event is not None
        assert event.metadata["dagster/partition_row_count"].value == 1
        assert "received" not in event.metadata
        landed = told[DAY]
        assert landed is not None
        assert landed.metadata["received, landed that day"].value == 1
