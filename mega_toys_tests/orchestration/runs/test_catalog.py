"""The catalog in Dagster: its asset, when it is written anew, and the links between both."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from mega_toys.catalog_site.written import looked_at
from mega_toys.orchestration.assets.catalog_pages import KEY
from mega_toys.orchestration.reporting import metadata
from mega_toys.orchestration.runs import catalog_sensor
from mega_toys.orchestration.runs.catalog_sensor import LEAST_S, LONGEST_S, stale_catalog
from mega_toys_tests.catalog_site.test_site import PRODUCT
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.toys import Toys, toys

PRODUCTS = "commerce.silver.products"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, needed_for(PRODUCTS)) as made:
        yield made


def asked(shop: Toys) -> str:
    """Why the sensor asks for nothing, or nothing where it asks for a run."""
    context = dg.build_sensor_context(instance=shop.instance)
    told = stale_catalog(context, lakehouse=shop.lakehouse)
    assert isinstance(told, (dg.SkipReason, dg.RunRequest))
    return (told.skip_message or "") if isinstance(told, dg.SkipReason) else ""


def later(monkeypatch: pytest.MonkeyPatch, by_s: float) -> None:
    now = time.time()
    monkeypatch.setattr(catalog_sensor, "time", lambda: now + by_s)


def test_pages_follow_refreshes_that_changed_something(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "not there yet" in asked(shop)
    shop.lake.send("commerce/products/2026-03-10/a.ndjson", PRODUCT)
    shop.refresh()
    assert asked(shop) == ""

    assert shop.run("build_catalog").success
    assert "at most every 600 s" in asked(shop)
    later(monkeypatch, LEAST_S + 1)
    assert "has not changed" in asked(shop)
    later(monkeypatch, LONGEST_S + 1)
    assert asked(shop) == ""

    later(monkeypatch, LEAST_S + 1)
    shop.lake.send("commerce/products/2026-03-11/a.ndjson", {**PRODUCT, "sku": "S2"})
    shop.refresh()
    assert asked(shop) == ""


def test_the_pages_are_an_asset_made_of_every_table(shop: Toys) -> None:
    assert shop.run("build_catalog").success

    graph = shop.defs.resolve_asset_graph()
    assert dg.AssetKey(PRODUCTS.split(".")) in graph.get(KEY).parent_keys
    event = shop.instance.get_latest_materialization_event(KEY)
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["pages"].value == len(
        [*shop.lakehouse.settings.catalog_root.rglob("*.html")]
    )


def test_a_build_that_fails_is_not_asked_for_at_each_look(
    shop: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.lake.send("commerce/products/2026-03-10/a.ndjson", PRODUCT)
    shop.refresh()
    folder = shop.lakehouse.settings.catalog_root
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")

    assert not shop.run("build_catalog").success

    assert "The last build failed" in asked(shop)
    later(monkeypatch, 2 * LEAST_S)
    assert asked(shop) == ""


def test_what_a_killed_build_left_is_removed(shop: Toys) -> None:
    folder = shop.lakehouse.settings.catalog_root
    left, other = folder.parent / ".catalog.abc123", folder.parent / ".catalog.new"
    for one in (left, other):
        (one / "tables").mkdir(parents=True)
    os.utime(left, (1, 1))

    assert shop.run("build_catalog").success

    assert not left.exists()
    assert other.exists()
    assert looked_at(folder) is not None


def test_the_job_writes_the_pages_into_the_folder_of_the_settings(shop: Toys) -> None:
    assert shop.run("build_catalog").success

    page = shop.lake.folder / "catalog" / "tables" / f"{PRODUCTS}.html"
    assert "is not there yet" in (page.parent.parent / "index.html").read_text()
    assert PRODUCTS in page.read_text()


def test_a_table_links_to_its_page_where_the_address_of_the_catalog_is_known(shop: Toys) -> None:
    house = shop.lakehouse
    table = house.catalog[PRODUCTS]
    known = house.settings.model_copy(update={"catalog_url": "https://catalog.example/"})

    assert "catalog" not in metadata.described(table, house)
    link = metadata.described(table, replace(house, settings=known))["catalog"]
    assert link.url == f"https://catalog.example/tables/{PRODUCTS}.html"
