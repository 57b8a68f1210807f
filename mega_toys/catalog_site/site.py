"""All that the pages are made of, gathered in one pass, and the pages themselves."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mega_toys.catalog_site.listed import Entry, entries, owners
from mega_toys.catalog_site.markup import environment
from mega_toys.catalog_site.plot import plot
from mega_toys.catalog_site.product import LATELY, Product, product
from mega_toys.catalog_site.promises import Promises
from mega_toys.catalog_site.rejected import Rejected
from mega_toys.catalog_site.snippets import snippets
from mega_toys.catalog_site.ways import Ways, metrics_over
from mega_toys.declared.catalog import LAYERS, Catalog
from mega_toys.declared.described import extent_of, promised, valid_in
from mega_toys.declared.domain import about
from mega_toys.declared.metric_sql import how_it_adds_up, sql_of
from mega_toys.declared.table import Bronze, Built, FromBronze
from mega_toys.lake.reading.by_name import not_there
from mega_toys.lake.reading.reader import Reader
from mega_toys.operations.plan import Plan
from mega_toys.operations.problems import Problem, findings_that_stop_nothing
from mega_toys.operations.status import stand
from mega_toys.operations.why.changed import Changes


@dataclass(frozen=True)
class Site:
    """The lake as the pages tell it."""

    catalog: Catalog
    plan: Plan
    at: dt.datetime
    is_there: bool
    wrong: list[Problem]
    products: Mapping[str, Product]
    rejected: Rejected
    ways: Ways

    @classmethod
    def of(cls, reader: Reader, plan: Plan) -> "Site":
        """Look at the whole lake once; one that is not there yet has pages that say so."""
        plan, store = plan.at_once(), reader.store
        there = any(store.exists(str(table.name)) for table in reader.catalog)
        wrong, statuses = stand(plan) if there else ([], [])
        standing = {one.table: one for one in statuses}
        unread = {one.table: one.told for one in wrong if one.table}
        rejected = Rejected.of(reader)
        changes = Changes(plan.work, plan.work.now() - LATELY)
        products = {
            str(table.name): product(
                table,
                plan,
                standing.get(str(table.name)),
                unread.get(str(table.name), "" if there else not_there(str(table.name), store)),
                rejected.shares.get(str(table.name), {}),
                changes,
            )
            for table in reader.catalog
        }
        more = list(findings_that_stop_nothing(plan.work)) if there else []
        return cls(
            catalog=reader.catalog,
            plan=plan,
            at=plan.work.now(),
            is_there=there,
            wrong=[*wrong, *more],
            products=products,
            rejected=rejected,
            ways=Ways(reader.catalog),
        )

    @property
    def domains(self) -> dict[str, list[Product]]:
        """The tables of each domain, gold first."""
        found: dict[str, list[Product]] = {}
        ordered = sorted(self.products.values(), key=_gold_first)
        for one in ordered:
            found.setdefault(one.table.name.domain, []).append(one)
        return dict(sorted(found.items()))

    @property
    def open(self) -> int:
        """How many rejected records are neither corrected nor dismissed, as far as it is known."""
        told = (one.status.open for one in self.products.values() if one.status)
        return sum(many for many in told if many)

    def about(self, domain: str) -> str:
        """What a domain is about."""
        return about(self.domains[domain][0].table.rows)

    @property
    def entries(self) -> list[Entry]:
        """All that can be searched."""
        return entries(self.catalog, {name: one.columns for name, one in self.products.items()})

    @property
    def failures(self) -> list[Problem]:
        """What is wrong, but for what only warns."""
        return [one for one in self.wrong if one.kind != "warning"]

    @property
    def not_well(self) -> list[Product]:
        """The tables that are not up to date, on time and without findings."""
        return [one for one in self.products.values() if not one.is_well]


def _gold_first(one: Product) -> tuple[int, str]:
    return -LAYERS.index(one.table.name.layer), str(one.table.name)


def pages(site: Site, ui_url: str | None) -> Iterator[tuple[Path, str]]:
    """Each page by its place below the site."""
    made = environment()
    made.globals |= {"site": site, "ui_url": (ui_url or "").rstrip("/"), "promised": promised}
    made.globals |= {"adds_up": how_it_adds_up, "sql_of": sql_of, "owners": owners(site.catalog)}
    for name in ("index", "search", "wrong", "quarantine", "metrics", "sources", "owners"):
        yield Path(f"{name}.html"), made.get_template(f"{name}.html").render(root="")
    domain = made.get_template("domain.html")
    for name, products in site.domains.items():
        views = {n: sql for n, sql in site.catalog.views.items() if _is_view(n, name, site)}
        told = domain.render(domain=name, products=products, views=views, root="../")
        yield Path("domains") / f"{name}.html", told
    table = made.get_template("table.html")
    promises = Promises(site.catalog)
    for name, one in site.products.items():
        told = table.render(_given(one, site), promises=promises, root="../")
        yield Path("tables") / f"{name}.html", told
    way = made.get_template("lineage.html")
    for name, one in site.products.items():
        told = way.render(one=one, table=one.table, ways=site.ways, root="../")
        yield Path("lineage") / f"{name}.html", told


def _is_view(name: str, domain: str, site: Site) -> bool:
    return name.split(".")[0] == domain and name not in site.catalog.metrics


def _given(one: Product, site: Site) -> dict[str, object]:
    """What the page of a table is made of."""
    table, name = one.table, str(one.table.name)
    return {
        "one": one,
        "table": table,
        "contract": table.contract,
        "broken": site.rejected.of_table(name),
        "rejected_days": plot(site.rejected.by_day.get(name, {}), "record"),
        "ways": site.ways,
        "metrics": metrics_over(table.name, site.catalog),
        "snippets": snippets(table, site.plan.work.store),
        "is_bronze": isinstance(table, Bronze),
        "has_quarantine": isinstance(table, FromBronze),
        "how": (table.build.__doc__ or "") if isinstance(table, Built) else "",
        "extent_of": extent_of,
        "valid_in": valid_in,
    }
