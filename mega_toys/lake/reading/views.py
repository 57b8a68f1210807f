"""The views in SQL that domains declare: what they are made of, and what a row is."""

import re
from collections.abc import Iterable

from mega_toys.declared.catalog import Catalog
from mega_toys.lake.reading.by_name import names


def made_of(name: str, catalog: Catalog) -> list[str]:
    """The tables and views that a view names, in the order of its SQL."""
    sql = "\n".join(line.split("--")[0] for line in catalog.views[name].splitlines())
    known = {*names(catalog), *catalog.views} - {name}
    words = re.findall(r"\w+(?:\.\w+)+", sql)
    return [word for word in dict.fromkeys(words) if word in known]


def with_sources(wanted: Iterable[str], catalog: Catalog) -> dict[str, str]:
    """The SQL of views and of those that they are made of, by name, each after its own."""
    found: dict[str, str] = {}

    def add(name: str, within: tuple[str, ...]) -> None:
        if name not in (*found, *within):
            for other in made_of(name, catalog):
                if other in catalog.views:
                    add(other, (*within, name))
            found[name] = catalog.views[name]

    for name in wanted:
        add(name, ())
    return found


def described(name: str, catalog: Catalog) -> str:
    """What a row of a view is: the comment that its file begins with."""
    told = []
    for line in catalog.views[name].strip().splitlines():
        if not line.startswith("--"):
            break
        told.append(line.removeprefix("--").strip())
    return " ".join(told)
