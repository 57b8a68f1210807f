from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from mega_toys.lake.table import Kind
from mega_toys.refresh import prepare, refresh_table
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.test_refresh import EVENTS, FUNNEL, click
from mega_toys_tests.orchestration.toys import Toys, toys


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


def test_a_lost_home_of_dagster_is_filled_again(shop: Toys) -> None:
    click(shop, "2026-03-10")
    shop.refresh()

    with dg.DagsterInstance.ephemeral() as fresh:
        shop.instance = fresh
        assert not shop.refresh().outcomes
        assert shop.days_shown(FUNNEL) == {"2026-03-10"}
