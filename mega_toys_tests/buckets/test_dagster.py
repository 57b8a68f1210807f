"""Dagster takes in what comes to a bucket as it does of a folder."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from mega_toys.declared.errors import LakeError
from mega_toys.ingestion import unchanged
from mega_toys.ingestion.unchanged import Folders
from mega_toys.lake.building.days_table import keep_days
from mega_toys.lake.store import lease
from mega_toys.orchestration.runs import refresh_run
from mega_toys.orchestration.runs.jobs import SINCE_TAG
from mega_toys.orchestration.runs.sensors import new_files, stale_tables
from mega_toys_tests.buckets.counted import counted
from mega_toys_tests.buckets.lakes import LakeInBucket
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.runs.test_sensors import tick
from mega_toys_tests.orchestration.toys import TODAY, Toys

BRONZE, SILVER = "commerce.bronze.web_events", "commerce.silver.web_events"
DAY = f"commerce/web_events/{TODAY}"
EVENT = {
    "event_id": "e1", "client_id": "c", "ts": f"{TODAY}T00:00:00Z", "event_name": "page_view",
    "device": "mobile",
}  # fmt: skip


@pytest.fixture
def shop(address: str, tmp_path: Path) -> Iterator[Toys]:
    lake = LakeInBucket(tmp_path, needed_for(SILVER), address=address)
    with dg.DagsterInstance.ephemeral() as instance:
        yield Toys(lake, instance, TODAY)


@pytest.mark.slow
@pytest.mark.parametrize("server", ["seaweed"], indirect=True)
def test_the_sensors_ask_for_what_came_to_a_bucket_and_the_refresh_takes_it_in(shop: Toys) -> None:
    shop.lake.send(f"{DAY}/a.ndjson", EVENT)
    assert isinstance(tick(new_files, shop), dg.RunRequest)

    assert not shop.refresh().unbuilt

    assert shop.lake.rows(SILVER).height == 1
    assert f"{TODAY}" in shop.days_shown(SILVER)
    assert isinstance(tick(new_files, shop), dg.SkipReason)
    assert isinstance(tick(stale_tables, shop), dg.SkipReason)

    shop.lake.send(f"{DAY}/a.ndjson", EVENT | {"device": "tablet"})
    assert isinstance(tick(new_files, shop), dg.RunRequest)
    assert shop.materialize(
        "commerce.bronze.web_events", **{"dagster/partition": f"{TODAY}"}
    ).success
    assert isinstance(tick(stale_tables, shop), dg.RunRequest)
    assert shop.materialize(SILVER, **{"dagster/partition": f"{TODAY}"}).success
    assert shop.lake.rows(SILVER)["device"].to_list() == ["tablet"]


@pytest.mark.slow
@pytest.mark.parametrize("server", ["moto"], indirect=True)
def test_a_refresh_that_loses_its_lease_ends_with_an_error_that_names_lake_and_way_out(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.lake.send(f"{DAY}/a.ndjson", EVENT)

    def late(*told: Any) -> None:
        monkeypatch.setattr(lease, "LEASE_S", 0.0)
        keep_days(*told)

    monkeypatch.setattr(refresh_run, "keep_days", late)

    with pytest.raises(LakeError, match=r"^s3://.*ran out.*the next refresh does it\.$"):
        shop.refresh()


def asked(shop: Toys) -> Mapping[str, str]:
    """The tags of the refresh that is asked for."""
    request = tick(new_files, shop)
    assert isinstance(request, dg.RunRequest)
    return request.tags


@pytest.mark.slow
@pytest.mark.parametrize("server", ["moto"], indirect=True)
def test_what_the_sensors_ask_for_lists_the_landing_days_of_a_week_until_a_whole_look(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = "commerce/web_events/2026-01-01/old.ndjson"
    shop.lake.send(old, EVENT)
    assert SINCE_TAG not in asked(shop)  # a whole look, and its refresh
    shop.refresh()
    assert isinstance(tick(new_files, shop), dg.SkipReason)

    requests = counted(monkeypatch)
    shop.lake.send(f"{DAY}/a.ndjson", EVENT | {"event_id": "e2"})
    assert shop.run("refresh", asked(shop)).success
    assert requests[f"listed {DAY}/a.ndjson"] == 3  # twice by the sensor
    assert requests[f"listed {old}"] == 0
    assert set(shop.lake.rows(BRONZE)["event_id"]) == {"e1", "e2"}

    shop.lake.send("commerce/web_events/2026-01-02/late.ndjson", EVENT | {"event_id": "e3"})
    assert isinstance(tick(new_files, shop), dg.SkipReason)
    later = time.time() + 601
    monkeypatch.setattr(unchanged.time, "time", lambda: later)
    assert isinstance(tick(new_files, shop), dg.SkipReason)  # which has seen that older days differ
    assert SINCE_TAG not in asked(shop)


@pytest.mark.parametrize("server", ["moto"], indirect=True)
def test_a_look_at_a_bucket_lists_the_landing_days_of_a_week_alone(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = LakeInBucket(tmp_path, needed_for(SILVER), address=address)
    lake.send("commerce/web_events/2026-01-01/old.ndjson", EVENT)
    lake.send(f"{DAY}/a.ndjson", EVENT)
    folders, datasets = Folders(), ["commerce/web_events"]
    before = folders.looks(lake.zone, datasets)
    assert folders.looks(lake.zone, datasets) == before

    lake.send("commerce/web_events/2026-01-02/late.ndjson", EVENT)
    assert folders.looks(lake.zone, datasets) == before
    lake.send(f"{DAY}/b.ndjson", EVENT)
    assert folders.looks(lake.zone, datasets) != before

    after, later = folders.looks(lake.zone, datasets), time.time() + 601
    monkeypatch.setattr(unchanged.time, "time", lambda: later)
    assert folders.looks(lake.zone, datasets) != after
