"""The catalog as Dagster writes it, and the links between both."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mega_toys.orchestration.reporting import metadata
from mega_toys_tests.lakes import needed_for
from mega_toys_tests.orchestration.toys import Toys, toys

PRODUCTS = "commerce.silver.products"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Toys]:
    with toys(tmp_path, needed_for(PRODUCTS)) as made:
        yield made


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
