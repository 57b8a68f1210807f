"""`lake.days` tells the truth after a click in the UI, too."""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.runs.test_refresh_run import EVENTS, FUNNEL, click
from mega_toys_tests.orchestration.toys import Toys, toys

BRONZE, SESSIONS = "commerce.bronze.web_events", "commerce.silver.sessions"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, needed_for(FUNNEL), since=dt.date(2026, 3, 9)) as made:
        yield made


def stale(shop: Toys, table: str) -> set[str]:
    days = shop.lake.rows("lake.days").filter(table=table, stale=True)["day"]
    return {f"{day}" for day in days}


@pytest.mark.slow
def test_what_reads_a_table_that_was_materialized_is_stale_until_it_is_built(shop: Toys) -> None:
    click(shop, "2026-03-10")
    click(shop, "2026-03-12")
    shop.refresh()
    days = {
        "dagster/asset_partition_range_start": "2026-03-09",
        "dagster/asset_partition_range_end": "2026-03-11",
    }
    tables = (BRONZE, EVENTS, SESSIONS, FUNNEL)
    assert not any(stale(shop, table) for table in tables)

    click(shop, "2026-03-10", name="more")
    for table, reader in pairwise(tables):
        assert shop.materialize(table, **days).success
        assert "2026-03-10" in stale(shop, reader)
        assert stale(shop, table) == set()
    assert "2026-03-12" not in stale(shop, FUNNEL)

    assert shop.materialize(FUNNEL, **days).success
    assert stale(shop, FUNNEL) == set()
