"""All that can be searched for, and who owns what."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mega_toys.catalog_site.markup import anchor, page
from mega_toys.catalog_site.product import Column
from mega_toys.declared.catalog import LAYERS, Catalog
from mega_toys.declared.table import Table


class Entry(NamedTuple):
    """A thing with a name, what it is, what is said of it, and where."""

    kind: str
    name: str
    told: str
    href: str


def entries(catalog: Catalog, columns: Mapping[str, Sequence[Column]]) -> list[Entry]:
    """Products and metrics first, then views, owners, and all columns."""
    ordered = sorted(catalog, key=lambda table: -LAYERS.index(table.name.layer))
    found = [_of_table(table) for table in ordered]
    found += [Entry("metric", name, one.description, f"metrics.html#{anchor(name)}")
              for name, one in catalog.metrics.items()]  # fmt: skip
    for name in sorted(catalog.views.keys() - catalog.metrics.keys()):
        domain = name.split(".")[0]
        found.append(
            Entry("view", name, "A view for SQL.", f"domains/{domain}.html#{anchor(name)}")
        )
    for owner in owners(catalog):
        found.append(
            Entry("owner", owner, "Owns tables or metrics.", f"owners.html#{anchor(owner)}")
        )
    for name, those in columns.items():
        found += [
            Entry("column", f"{name}.{one.name}", one.meaning, f"{page(name)}#c-{anchor(one.name)}")
            for one in those
        ]
    return found


def _of_table(table: Table) -> Entry:
    return Entry(table.name.layer, str(table.name), table.title, page(table.name))


def owners(catalog: Catalog) -> dict[str, list[tuple[str, str]]]:
    """What each owns, with its page."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table in catalog:
        found.setdefault(table.contract.owner, []).append((str(table.name), page(table.name)))
    for name, metric in catalog.metrics.items():
        found.setdefault(metric.owner, []).append((name, f"metrics.html#{anchor(name)}"))
    return dict(sorted(found.items()))
