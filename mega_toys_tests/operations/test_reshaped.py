"""A table that lies in the lake with other columns than declared stops itself, nothing else."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
import pytest

from mega_toys.command.doctor import findings
from mega_toys.declared import sent
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import MegaToysError, StoredSchemaError
from mega_toys.declared.extents import reads_of
from mega_toys.declared.table import Built, Table
from mega_toys.ingestion import landing
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.ingestion.listing import Listing
from mega_toys.lake.own.files import FILES
from mega_toys.lake.store.place import Place
from mega_toys.lake.store.tables import Stored
from mega_toys.operations.plan import Plan
from mega_toys.operations.rebuild import forget_changed, rebuild
from mega_toys.operations.refresh import prepare, refresh_table
from mega_toys.operations.refreshed import Refreshed
from mega_toys.settings import Settings
from mega_toys_tests.dying import DiedError, Dying
from mega_toys_tests.lakes import Lake, needed_for
from mega_toys_tests.orchestration.toys import Toys, toys

BRONZE, EVENTS, SESSIONS, FUNNEL = (
    f"commerce.{name}"
    for name in ("bronze.web_events", "silver.web_events", "silver.sessions", "gold.funnel_daily")
)
BEFORE = needed_for(FUNNEL)


def click(lake: Lake, day: str, **told: Any) -> Path:
    event = {
        "event_id": day, "client_id": "c", "ts": f"{day}T10:00:00Z", "event_name": "page_view",
        "device": "mobile", "mood": "gay",
    }  # fmt: skip
    return lake.send(f"commerce/web_events/{day}/a.ndjson", event | told)


def with_column(table: Table, column: dy.Column) -> Table:
    """The table as its file declares it after a column `mood` was added."""
    rows = type(
        table.rows.__name__,
        (table.rows,),
        {"__module__": table.rows.__module__, "__doc__": table.rows.__doc__, "mood": column},
    )
    if not isinstance(table, Built):
        return replace(table, rows=rows)
    before = table.build

    def build(**inputs: pl.LazyFrame) -> pl.LazyFrame:
        return before(**inputs).with_columns(mood=pl.lit(1, dtype=column.dtype))

    first, *others = reads_of(before)
    positional: Callable[..., pl.LazyFrame] = lambda *args, **named: build(  # noqa: E731
        **dict(zip([first, *others], args, strict=False)), **named
    )
    positional.__annotations__ = before.__annotations__
    positional.__module__, positional.__name__ = before.__module__, before.__name__
    return replace(table, rows=rows, build=positional)


def changed(*tables: Table) -> Catalog:
    new = {str(table.name): table for table in tables}
    return Catalog(new.get(str(table.name), table) for table in BEFORE)


ADDED = {
    BRONZE: changed(with_column(BEFORE[BRONZE], sent.text(optional=True))),
    EVENTS: changed(with_column(BEFORE[EVENTS], dy.Int64())),
    SESSIONS: changed(with_column(BEFORE[SESSIONS], dy.Int64())),
    FUNNEL: changed(with_column(BEFORE[FUNNEL], dy.Int64())),
}
RETYPED = changed(with_column(BEFORE[FUNNEL], dy.String()))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, BEFORE) as made:
        for day in ("2026-03-10", "2026-03-12"):
            click(made.lake, day)
        assert not made.refresh().crashed
        yield made


def edited(shop: Toys, catalog: Catalog) -> Toys:
    """The same lake under other code."""
    shop.lake.catalog = catalog
    return Toys(shop.lake, shop.instance, shop.first_day)


def by_changed_code(shop: Toys) -> Refreshed:
    forget_changed(shop.lake.work(), shop.lake.zone)
    return shop.refresh()


def test_a_bronze_table_is_made_anew_from_all_landing_days_also_where_few_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(root: Place, below: str = "", since: dt.date | None = None) -> Iterator[LandingFile]:
        every = files(root, below)  # as of a bucket
        return (f for f in every if not since or not f.landing_day or f.landing_day >= since)

    files = landing.files
    monkeypatch.setattr(landing, "files", late)
    lake = Lake(tmp_path, BEFORE)
    for day in ("2026-03-10", "2026-03-12"):
        click(lake, day)
    prepare(lake.work())
    lake.take_in(BRONZE)
    lake.catalog = ADDED[BRONZE]
    forget_changed(lake.work(), lake.zone)

    few = Plan(lake.work(), Listing(lake.zone, dt.date(2026, 3, 12)))
    refresh_table(few.of(lake.catalog[BRONZE]))

    assert lake.rows(BRONZE, "event_id", "mood").rows() == [
        ("2026-03-10", "gay"),
        ("2026-03-12", "gay"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", [BRONZE, EVENTS, FUNNEL])
def test_a_table_with_an_added_column_fails_alone_and_says_the_way_out(
    shop: Toys, name: str
) -> None:
    shop = edited(shop, ADDED[name])
    shop.lake.land("commerce/orders/2026-03-10/a.csv", "")
    click(shop.lake, "2026-03-13")
    refreshed = shop.refresh()

    assert set(refreshed.crashed) == {name}
    assert "`mood` is missing" in refreshed.crashed[name]
    assert "`mega-toys refresh --changed-code`" in refreshed.crashed[name]
    done = {outcome.table for outcome in refreshed.outcomes}
    assert done >= {BRONZE, EVENTS, SESSIONS} - {name} or name in (BRONZE, EVENTS, SESSIONS)
    assert not done & {name}
    assert shop.refresh().crashed.keys() == {name}
    assert not any(run.is_success for run in shop.instance.get_runs(limit=1))


@pytest.mark.slow
def test_what_reads_a_table_with_other_columns_is_not_built(shop: Toys) -> None:
    shop = edited(shop, ADDED[SESSIONS])
    click(shop.lake, "2026-03-13")
    shop.refresh()

    assert shop.lake.rows(EVENTS).height == 3
    assert shop.lake.rows(FUNNEL).height == 2
    assert not shop.materialize(FUNNEL, **{"dagster/partition": "2026-03-13"}).success


@pytest.mark.slow
@pytest.mark.parametrize("name", [BRONZE, FUNNEL])
def test_a_refresh_for_changed_code_makes_it_anew_in_one_commit(shop: Toys, name: str) -> None:
    shop = edited(shop, ADDED[name])
    before, version = shop.lake.rows(name), shop.lake.store.version(name)
    click(shop.lake, "2026-03-13")
    refreshed = by_changed_code(shop)

    assert not refreshed.crashed
    assert not refreshed.blocked
    rows = shop.lake.rows(name)
    assert rows.columns == [*before.columns, "mood"]
    assert set(rows["mood"]) == ({"gay"} if name == BRONZE else {1})
    assert rows.height == 3
    assert shop.lake.rows(FUNNEL).height == 3
    seen = {
        shop.lake.store.scan(name, at).select(pl.len()).collect().item()
        for at in range(version, shop.lake.store.version(name) + 1)
    }
    assert seen == {2, 3}
    assert (
        rebuild(
            shop.lake.catalog,
            shop.lake.work(),
            shop.lake.zone,
            swap=False,
            say=lambda text: None,
        )
        == []
    )
    assert not shop.refresh().outcomes


@pytest.mark.slow
@pytest.mark.parametrize("name", [EVENTS, FUNNEL])
def test_a_rebuild_swaps_in_the_columns_too(shop: Toys, name: str) -> None:
    shop = edited(shop, ADDED[name])
    work, table = shop.lake.work(), shop.lake.catalog[name]

    for swap in (False, True):
        told = rebuild([table], work, shop.lake.zone, swap=swap, say=lambda text: None)
        assert [one for one in told if one.table == name]
    assert "mood" in shop.lake.rows(name).columns
    assert not shop.refresh().crashed
    again = rebuild(shop.lake.catalog, work, shop.lake.zone, swap=False, say=lambda text: None)
    assert again == []


@pytest.mark.slow
def test_a_removed_and_a_retyped_column_are_seen_and_made_anew_too(shop: Toys) -> None:
    shop = edited(shop, ADDED[FUNNEL])
    by_changed_code(shop)
    shop = edited(shop, RETYPED)
    assert "`mood` is Int64, declared String" in shop.refresh().crashed[FUNNEL]
    by_changed_code(shop)
    assert shop.lake.rows(FUNNEL)["mood"].to_list() == ["1", "1"]

    shop = edited(shop, BEFORE)
    assert "`mood` is declared no longer" in shop.refresh().crashed[FUNNEL]
    assert not by_changed_code(shop).crashed
    assert "mood" not in shop.lake.rows(FUNNEL).columns


@pytest.mark.parametrize(
    ("name", "moment"),
    [(BRONZE, "before"), (EVENTS, "before"), (EVENTS, "after"), (FUNNEL, "after")],
)
@pytest.mark.slow
def test_killed_anywhere_the_next_refresh_ends_it(shop: Toys, name: str, moment: str) -> None:
    shop = edited(shop, ADDED[name])
    killed_at = ["commerce.quarantine.web_events", "lake.row_accounts", FILES.name, name]
    for at in killed_at:
        forget_changed(shop.lake.work(), shop.lake.zone)
        dying = Dying(shop.lake.store.root, **{moment: at})
        try:
            for table in shop.lake.catalog:
                shop.lake.take_in(str(table.name), shop.lake.work(dying))
        except DiedError:
            pass

    assert not shop.refresh().crashed
    assert "mood" in shop.lake.rows(name).columns
    work, catalog = shop.lake.work(), shop.lake.catalog
    assert rebuild(catalog, work, shop.lake.zone, swap=False, say=lambda text: None) == []


@pytest.mark.slow
def test_bronze_of_files_that_are_gone_is_made_anew_only_by_a_rebuild(shop: Toys) -> None:
    shop = edited(shop, ADDED[BRONZE])
    (shop.lake.landing / "commerce/web_events/2026-03-12/a.ndjson").unlink()
    refreshed = by_changed_code(shop)

    assert f"`mega-toys rebuild {BRONZE} --swap`" in refreshed.crashed[BRONZE]
    assert "1 of its rows" in refreshed.crashed[BRONZE]
    assert shop.lake.rows(BRONZE).height == 2

    table = shop.lake.catalog[BRONZE]
    work = shop.lake.work()
    rebuild([table], work, shop.lake.zone, swap=True, say=lambda text: None)
    assert not shop.refresh().crashed
    assert shop.lake.rows(BRONZE, "mood")["mood"].to_list() == ["gay"]


@pytest.mark.slow
def test_a_table_alone_is_not_rebuilt_from_an_input_with_other_columns(shop: Toys) -> None:
    shop = edited(shop, ADDED[SESSIONS])

    with pytest.raises(StoredSchemaError, match=SESSIONS):
        rebuild(
            [shop.lake.catalog[FUNNEL]], shop.lake.work(), shop.lake.zone, swap=True,
            say=lambda text: None,
        )  # fmt: skip


@pytest.mark.slow
def test_one_of_the_lakes_own_tables_with_other_columns_stops_everything(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = Stored(FILES.name, pl.Schema({**FILES.schema, "more": pl.String()}), FILES.partition)
    monkeypatch.setattr("mega_toys.operations.refresh._LAKES_OWN", (more,))

    with pytest.raises(MegaToysError, match=r"lake\.files in the lake differs"):
        prepare(shop.lake.work())


@pytest.mark.slow
def test_the_doctor_tells_of_it_with_the_way_out(shop: Toys) -> None:
    shop = edited(shop, ADDED[FUNNEL])
    settings = Settings(
        landing_root=shop.lake.landing, lake_root=shop.lake.store.root,
        dagster_home=shop.lake.folder / "home",
    )  # fmt: skip
    wrong = {f.what: f.said for f in findings(settings, shop.lake.catalog) if not f.well}

    assert wrong.keys() == {"columns"}
    assert FUNNEL in wrong["columns"]
    assert "`mega-toys refresh --changed-code`" in wrong["columns"]
