"""The pages of the catalog: of a whole lake, of none, of a damaged one, and of hostile values."""

import json
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from mega_toys.catalog_site.site import Site, pages
from mega_toys.catalog_site.written import write
from mega_toys.contracts.document import document
from mega_toys.contracts.files import release_path, text
from mega_toys.contracts.versions import Version
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import LakeError
from mega_toys.lake.reading.reader import Reader
from mega_toys_tests.lakes import Lake, needed_for
from mega_toys_tests.orchestration.test_personal import CUSTOMER, MARK, SENT, deliver

HOSTILE = "<script>alert('x')</script><img src=https://evil.example/a.png onerror=x> \u202eabc\x1b["
PRODUCT = {
    "sku": "S1", "name": HOSTILE, "category": "Wood", "age_min": 3, "list_price_eur": "9.99",
    "launched_on": "2026-01-01", "updated_at": "2026-03-10T10:00:00Z",
}  # fmt: skip
VOID = {"wbr", "meta", "input", "br", "img", "link", "hr"}
Written = dict[str, "Page"]


class Page(HTMLParser):
    """A page read with every element closed: its ids, links, and what would be loaded."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.open = text, list[str]()
        self.ids, self.links, self.loads = set[str](), list[str](), list[str]()
        self.paths = 0
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if name := told.get("id"):
            assert name not in self.ids, name
            self.ids.add(name)
        if tag == "a":
            self.links.append(told["href"] or "")
        self.paths += tag == "path"
        assert not [name for name in told if name.startswith("on") or name == "style"]
        self.loads += [told[name] or "" for name in ("src", "data", "srcset") if name in told]
        assert tag not in ("img", "link", "iframe", "object", "embed", "base")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, (tag, self.getpos())


def written(lake: Lake, ui_url: str | None = None) -> Written:
    site = Site.of(Reader(lake.store, lake.catalog), lake.plan())
    return {str(path): Page(text) for path, text in pages(site, ui_url)}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Customers, of whom one is rejected, and a product with a hostile name."""
    wanted = needed_for("commerce.silver.customers", "commerce.silver.products")
    made = Lake(tmp_path_factory.mktemp("catalog"), wanted)
    nobody = {**CUSTOMER, "customer_id": None}
    made.send("commerce/customers/2026-03-10/a.ndjson", CUSTOMER, nobody)
    made.send("commerce/products/2026-03-10/a.ndjson", PRODUCT)
    made.refresh()
    return made


@pytest.fixture(scope="module")
def site(lake: Lake) -> Written:
    return written(lake)


def test_every_link_leads_somewhere(site: Written) -> None:
    for name, page in site.items():
        for href in page.links:
            parts = urlsplit(href)
            assert not parts.scheme
            path = str((Path("/") / name).parent.joinpath(parts.path).resolve())[1:]
            target = site[path if parts.path else name]
            assert not parts.fragment or unquote(parts.fragment) in target.ids | {"main"}, href


def test_no_page_loads_anything(site: Written) -> None:
    for page in site.values():
        assert not page.loads
        outside = re.findall(r"url\(|@import|https?://[^\"'<\s]*", page.text)
        assert {*outside} <= {"https://evil.example/a.png"}, outside
        assert "default-src 'none'" in unescape(page.text)


@pytest.mark.slow
def test_nothing_private_is_in_any_page(tmp_path: Path) -> None:
    """People and their orders, spoilt in every way, with a mark in all that is private."""
    names = [name.replace("/", ".silver.") for name in SENT]
    lake = Lake(tmp_path, needed_for(*names))
    deliver(lake.landing)
    lake.refresh()

    for name, page in written(lake).items():
        assert MARK not in page.text, name


def test_values_of_the_lake_are_text(site: Written) -> None:
    page = site["tables/commerce.silver.products.html"]

    assert "&lt;script&gt;alert(" in page.text
    assert "<script>alert(" not in page.text
    assert "\\u202eabc\\x1b[" in page.text


def test_a_page_says_what_was_rejected_and_by_which_rule(site: Written) -> None:
    assert "quarantine.html#" in site["tables/commerce.silver.customers.html"].text
    assert site["quarantine.html"].ids > {"main"}


def test_a_column_is_followed_over_several_steps_and_each_step_is_a_link(site: Written) -> None:
    page = site["lineage/commerce.bronze.customers.html"]

    assert "c-email" in page.ids
    assert "../lineage/commerce.silver.customers.html#c-email" in page.links
    assert "../tables/commerce.silver.customers.html#quarantine" in page.links
    assert page.paths >= len(SENT)


def test_a_view_says_what_its_columns_come_from_and_the_sources_lead_to_it(lake: Lake) -> None:
    views = {"commerce.semantic.names": "SELECT name AS called FROM commerce.silver.products"}
    site = Site.of(Reader(lake.store, Catalog(lake.catalog, views)), lake.plan())
    told = {str(path): Page(text) for path, text in pages(site, None)}

    source, view = "tables/commerce.silver.products", "domains/commerce.html"
    assert f"../{source}.html#c-name" in told[view].links
    assert f"../{view}#commerce.semantic.names" in told[f"{source}.html"].links
    assert "commerce.semantic.names" in told[view].ids


def test_every_column_can_be_searched(site: Written, lake: Lake) -> None:
    found = site["search.html"].text
    for table in lake.catalog:
        for column in table.schema:
            assert f">{table.name}.{column}</a>" in found


def test_a_lake_that_is_not_there_has_pages_that_say_so(tmp_path: Path) -> None:
    made = written(Lake(tmp_path, needed_for("commerce.silver.products")))

    assert "is not there yet" in made["index.html"].text
    page = made["tables/commerce.silver.products.html"].text
    assert "is not in the lake" in page
    assert "cannot be read" not in page
    assert "nothing taken in yet" in page


def test_a_page_says_that_files_wait(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for("commerce.silver.products"))
    lake.send("commerce/products/2026-03-10/a.ndjson", PRODUCT)
    lake.refresh()
    lake.send("commerce/products/2026-03-11/a.ndjson", PRODUCT)

    page = written(lake)["tables/commerce.bronze.products.html"].text

    assert "has files that are not loaded" in page
    assert "commerce/products/2026-03-11/a.ndjson" in page
    assert "up to date" not in page


@pytest.mark.parametrize("torn", [False, True])
def test_a_damaged_table_has_a_page_that_says_so(tmp_path: Path, torn: bool) -> None:
    lake = Lake(tmp_path, needed_for("commerce.silver.products"))
    lake.send("commerce/products/2026-03-10/a.ndjson", PRODUCT)
    lake.refresh()
    folder = tmp_path / "lake" / "commerce" / "silver" / "products"
    for file in folder.glob("_delta_log/*.json" if torn else "**/*.parquet"):
        file.write_text("torn")
    lake.store = type(lake.store)(lake.store.root)

    made = written(lake)

    assert "cannot be read" in made["tables/commerce.silver.products.html"].text
    assert "cannot be read" in made["wrong.html"].text


def test_the_site_links_to_dagster_where_its_address_is_known(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for("commerce.silver.products"))

    made = written(lake, "https://dagster.example/")

    links = made["tables/commerce.silver.products.html"].links
    assert "https://dagster.example/assets/commerce/silver/products" in links


def three() -> Iterator[tuple[Path, str]]:
    mark = '<meta name="generator" content="mega-toys catalog">'
    yield from ((Path(name), mark) for name in ("index.html", "tables/a.html", "tables/b.html"))


def test_a_former_site_is_replaced_and_other_files_never(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    assert write(three(), folder) == 3
    (folder / "tables" / "gone.html").write_text("of a table that is gone")
    assert write(three(), folder) == 3
    assert not (folder / "tables" / "gone.html").exists()
    assert [one.name for one in tmp_path.iterdir()] == ["site"]

    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    with pytest.raises(LakeError, match="holds other files than a catalog"):
        write(three(), other)
    assert json.dumps([one.name for one in other.iterdir()]) == '["mine.txt"]'


def test_a_site_that_cannot_be_made_leaves_the_former_one(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    write(three(), folder)

    def failing() -> Iterator[tuple[Path, str]]:
        yield from three()
        raise LakeError("torn")

    with pytest.raises(LakeError, match="torn"):
        write(failing(), folder)
    assert (folder / "tables" / "b.html").exists()
    assert [one.name for one in tmp_path.iterdir()] == ["site"]


def test_a_page_tells_what_changed_since_its_contract_was_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path, needed_for("commerce.silver.products"))
    monkeypatch.chdir(tmp_path)
    before = written(lake)["tables/commerce.silver.products.html"].text
    contract = document(lake.catalog["commerce.silver.products"], lake.catalog)
    contract["schema"][0]["properties"] = contract["schema"][0]["properties"][1:]
    path = release_path("commerce.silver.products", Version(0, 9, 0))
    path.parent.mkdir(parents=True)
    path.write_text(text({**contract, "version": "0.9.0"}))

    after = written(lake)["tables/commerce.silver.products.html"].text

    assert "released" not in before
    assert "released: 0.9.0" in after
    assert "What changed in its contract" in after
    assert "column added" in after
