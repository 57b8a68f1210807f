"""A lake made from the deliveries shows machines as they are in a real plant."""

import datetime as dt

import polars as pl
import pytest

import mega_toys.domains
from mega_toys.declared.catalog import tables_in
from mega_toys.ingestion.listing import Listing
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.place import place_of
from mega_toys.lake.store.store import Store
from mega_toys.operations.plan import Todo
from mega_toys.operations.refresh import prepare, refresh_table
from mega_toys.simulator import simulate
from mega_toys_tests.simulator.conftest import UNTIL


@pytest.fixture(scope="module")
def oee(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Two whole days of all machines."""
    root = tmp_path_factory.mktemp("oee")
    simulate(root / "landing", days=4, until=UNTIL, scale=0.008, seed=2, faults=0)
    catalog = tables_in(mega_toys.domains)
    work = Work(Store(str(root / "lake")), catalog, rows_at_once=500_000)
    prepare(work)
    for table in catalog:
        if table.name.domain == "manufacturing":
            refresh_table(Todo(table, work, Listing(place_of(root / "landing"))))
    name = next(t.name for t in catalog if str(t.name) == "manufacturing.gold.oee_daily")
    whole = pl.col("day").is_in([UNTIL - dt.timedelta(days=back) for back in (1, 2)])
    return work.store.scan(name).filter(whole).collect()


@pytest.mark.slow
def test_machines_are_available_most_of_their_planned_time(oee: pl.DataFrame) -> None:
    assert oee.height == 16
    assert oee["availability"].is_between(0.35, 0.95).all()
    assert oee["availability"].is_between(0.6, 0.9).mean() > 0.75  # type: ignore[operator]
    assert oee["availability"].max() - oee["availability"].min() > 0.05  # type: ignore[operator]


@pytest.mark.slow
def test_orders_fit_the_seconds_in_which_they_were_made(oee: pl.DataFrame) -> None:
    assert oee["effectiveness"].is_between(0.75, 1.1).mean() > 0.9  # type: ignore[operator]
    total = oee.select(pl.col("planned_run_time_s").sum() / pl.col("apt_s").sum()).item()
    assert 0.85 < total < 1.0


@pytest.mark.slow
def test_little_is_scrap(oee: pl.DataFrame) -> None:
    assert oee["quality_ratio"].is_between(0.85, 0.999).all()
    assert oee["oee"].is_between(0.25, 0.9).all()
