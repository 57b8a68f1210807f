"""A torn log of one table ends no refresh: it and what is built of it fail, the others go on."""

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import typer
from rich.console import Console

from mega_toys.command.lake_commands import exit_as
from mega_toys.command.options import COULD_NOT_RUN
from mega_toys.command.watching import Watching
from mega_toys.declared.errors import BrokenLogError
from mega_toys.orchestration.runs.looks import something_to_do
from mega_toys.orchestration.runs.sensors import new_files, stale_tables
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.operations.test_mending import follow
from mega_toys_tests.orchestration.runs.test_sensors import tick
from mega_toys_tests.orchestration.test_failures import DAY, FAILED, MATERIALIZED
from mega_toys_tests.orchestration.toys import TODAY, Toys, toys

FUNNEL, EVENTS, BRONZE = (
    f"commerce.{name}" for name in ("gold.funnel_daily", "silver.web_events", "bronze.web_events")
)
SESSIONS, RATES = "commerce.silver.sessions", "finance.silver.exchange_rates"
QUALITY = "lake.gold.data_quality_daily"
REJECTED = "commerce.quarantine.web_events"
BUILT_OF = {
    BRONZE: {EVENTS, SESSIONS, FUNNEL},
    REJECTED: {SESSIONS, FUNNEL},
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, needed_for(FUNNEL, RATES), since=TODAY - dt.timedelta(days=3)) as made:
        yield made


def deliver(shop: Toys, name: str) -> None:
    click = {"event_id": name, "client_id": "c", "ts": f"{DAY}T10:00:00Z", "device": "mobile"}
    shop.lake.send(f"commerce/web_events/{DAY}/{name}.ndjson", click | {"event_name": "page_view"})
    rate = {"day": DAY, "currency": name.upper(), "units_per_eur": 2, "updated_at": click["ts"]}
    shop.lake.send(f"finance/exchange_rates/{DAY}/{name}.ndjson", rate)


def again(shop: Toys) -> Toys:
    """The shop as another process sees it."""
    return Toys(shop.lake, shop.instance, shop.first_day)


@pytest.mark.slow
@pytest.mark.parametrize("torn", [BRONZE, REJECTED])
def test_a_torn_log_fails_its_table_and_what_is_built_of_it_until_the_mend(
    shop: Toys, torn: str
) -> None:
    deliver(shop, "usd")
    assert not shop.refresh().unbuilt
    (*_, newest) = sorted(Path(shop.lake.store.uri(torn), "_delta_log").glob("*.json"))
    newest.write_bytes(b'{"add": {"pa')
    deliver(shop, "chf")
    shop = again(shop)

    assert isinstance(tick(new_files, shop), dg.RunRequest)  # for the rates, at the least

    refreshed = shop.refresh()
    out = io.StringIO()
    Watching(Console(file=out, width=400)).summary(refreshed)

    ((failed, why),) = refreshed.crashed.items()
    assert failed == {REJECTED: EVENTS}.get(torn, torn)
    assert why.startswith(f"{torn} in the lake cannot be opened: ")
    assert refreshed.blocked.keys() - {QUALITY} == BUILT_OF[torn]
    assert why in out.getvalue()
    assert {f"not built {name}" in out.getvalue() for name in BUILT_OF[torn]} <= {True}
    with pytest.raises(typer.Exit) as ended:
        exit_as(refreshed)
    assert ended.value.exit_code == COULD_NOT_RUN
    days = {name for name in (failed, *BUILT_OF[torn]) if shop.lake.catalog[name].day_column}
    shown = {name: {shop.status(name, day) for day in (DAY, str(TODAY))} for name in days}
    assert all(FAILED in of_table for of_table in shown.values()), shown
    assert {row["currency"] for row in shop.lake.rows(RATES).iter_rows(named=True)} == {
        "USD",
        "CHF",
    }
    with duckdb.connect(f"{shop.lake.store.root}/warehouse.duckdb", read_only=True) as made:
        assert made.sql("SELECT sum(sessions) FROM commerce.funnel_daily").fetchall() == [(1,)]

    assert not something_to_do(shop.lakehouse, shop.instance)
    assert why in shop.refresh().damaged
    assert isinstance(tick(stale_tables, shop), dg.SkipReason)
    follow(why)
    shop = again(shop)
    assert not shop.refresh().unbuilt
    assert not shop.refresh().unbuilt
    assert {shop.status(name, DAY) for name in days} == {MATERIALIZED}
    assert shop.lake.rows(EVENTS).height == 2
    assert shop.lake.rows(FUNNEL)["sessions"].sum() == shop.lake.rows(SESSIONS).height


@pytest.mark.slow
def test_a_torn_log_of_what_everything_rests_on_ends_the_refresh(shop: Toys) -> None:
    deliver(shop, "usd")
    shop.refresh()
    (*_, newest) = sorted(Path(shop.lake.store.uri("lake.files"), "_delta_log").glob("*.json"))
    newest.write_bytes(b"")

    with pytest.raises(BrokenLogError, match=r"lake\.files in the lake cannot be opened"):
        again(shop).refresh()
