"""Systems in Dagster: assets that pull, and a sensor that asks for them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dagster as dg
import pytest

from mega_toys.address import Address
from mega_toys.declared.catalog import Catalog
from mega_toys.orchestration.assets.tables import assets_for
from mega_toys.orchestration.resources.lakehouse import Lakehouse, resources_of
from mega_toys.orchestration.runs.pulls import pulls_of
from mega_toys_tests.lakes import DECLARED
from mega_toys_tests.orchestration.toys import QUIET, Toys, toys
from mega_toys_tests.sources.servers import CANARY, Server

pytestmark = pytest.mark.slow
KEY = dg.AssetKey(["manufacturing", "source", "downtimes"])
OF_DOWN = dg.AssetKey(["supply", "source", "stock_movements"])
TABLES = ("manufacturing.bronze.downtimes", "supply.bronze.stock_movements")


@dataclass
class House:
    """A lakehouse whose one system answers and whose other one is down."""

    shop: Toys
    lakehouse: Lakehouse

    def pull(self, *keys: dg.AssetKey) -> dg.ExecuteInProcessResult:
        """What a click on sources does."""
        defs = dg.Definitions(
            assets=assets_for(self.lakehouse), resources=resources_of(self.lakehouse)
        )
        return defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=self.shop.instance, asset_selection=list(keys), run_config=QUIET,
            raise_on_error=False,
        )  # fmt: skip

    def tick(self, cursor: str | None = None) -> Any:
        """What the sensor answers."""
        (sensor,) = pulls_of(self.lakehouse)["sensors"]
        return sensor(dg.build_sensor_context(instance=self.shop.instance, cursor=cursor))


@pytest.fixture
def house(mes: Server, tmp_path: Path) -> Iterator[House]:
    (tmp_path / "password").write_text(CANARY)
    sources = {
        "mes": Address(mes.url, tmp_path / "password"),
        "erp": Address(f"postgresql://reader:{CANARY[:6]}@127.0.0.1:1/postgres"),
    }
    with toys(tmp_path, Catalog([DECLARED[name] for name in TABLES])) as shop:
        settings = shop.lakehouse.settings.model_copy(update={"sources": sources})
        yield House(shop, replace(shop.lakehouse, settings=settings))


def test_a_source_pulls_and_tells_rows_marks_and_lag_while_one_that_is_down_fails_alone(
    house: House,
) -> None:
    done = house.pull(KEY, OF_DOWN)

    (event,) = done.asset_materializations_for_node("manufacturing__source__downtimes")
    assert [event.metadata[name].value for name in ("rows", "files")] == [5, 1]
    assert 0 <= event.metadata["lag (s)"].value < 600
    (check,) = [
        one.event_specific_data
        for one in done.all_events
        if one.event_type_value == "ASSET_CHECK_EVALUATION"
    ]
    assert (check.asset_key, check.passed) == (KEY, True)
    failures = [one.step_key for one in done.all_events if one.is_step_failure]
    assert failures == ["supply__source__stock_movements"]
    errors = [str(one.event_specific_data) for one in done.all_events if one.is_step_failure]
    assert "erp cannot be reached" in errors[0]
    kept = [path for path in house.shop.lake.folder.rglob("*") if path.is_file()]
    assert sum(path.suffix == ".parquet" for path in kept) == 1
    secret = CANARY[:6].encode()
    assert [path.name for path in kept if secret in path.read_bytes()] == ["password"]


def test_the_sensor_asks_for_what_waits_and_for_a_system_that_is_down_ever_more_rarely(
    house: House,
) -> None:
    with patch("mega_toys.orchestration.runs.pulls.time.time", lambda: 1000.0):
        first = house.tick()
    assert [run.asset_selection for run in first.run_requests] == [[KEY]]
    house.pull(KEY)

    with patch("mega_toys.orchestration.runs.pulls.time.time", lambda: 1030.0):
        second = house.tick(first.cursor)
    assert not second.run_requests
    assert second.skip_reason.skip_message == (
        "erp failed 1 times in a row; it is asked again in 30 s."
    )
    with patch("mega_toys.orchestration.runs.pulls.time.time", lambda: 1070.0):
        third = house.tick(second.cursor)
    assert "erp cannot be reached" in third.skip_reason.skip_message
    assert "asked again in 120 s" in third.skip_reason.skip_message
    assert CANARY[:6] not in third.skip_reason.skip_message

    promised = DECLARED[TABLES[1]].contract.expected_within.total_seconds()
    assert [*first.asset_events, *third.asset_events] == []
    with patch("mega_toys.orchestration.runs.pulls.time.time", lambda: 1001 + promised):
        (stale,) = house.tick(third.cursor).asset_events
    assert (stale.asset_key, stale.passed) == (OF_DOWN, False)
    assert "erp cannot be reached" in stale.description
    assert CANARY[:6] not in stale.description


def test_where_no_system_is_set_nothing_pulls(house: House) -> None:
    unset = replace(
        house.lakehouse, settings=house.lakehouse.settings.model_copy(update={"sources": {}})
    )
    assert pulls_of(unset) == {"jobs": [], "sensors": [], "schedules": []}
