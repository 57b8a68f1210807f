"""The names of the tables that can be read, and their columns."""

import polars as pl

from mega_toys.declared.catalog import Catalog
from mega_toys.lake.building.days_table import DAYS
from mega_toys.lake.own.accounts import ACCEPTED, ACCOUNTS, DELETIONS, RECEIVED
from mega_toys.lake.own.files import FILES
from mega_toys.lake.own.quarantine_tables import SCHEMA as QUARANTINE
from mega_toys.lake.quarantined.decisions import DECISIONS
from mega_toys.lake.store.store import Store

SYSTEM = {  # the lake's own tables: what a row is
    FILES.name: "One version of a file seen in the landing zone.",
    ACCOUNTS.name: "A table's day: received = accepted + duplicates + quarantined.",
    RECEIVED.name: "How many records of a day one landing day brought, by group of files.",
    ACCEPTED.name: "How many records of a day were accepted, by group of files.",
    DELETIONS.name: "A deletion mark that ended a row.",
    DECISIONS.name: "What somebody decided about a quarantined record.",
    DAYS.name: "A table's day: whether it is final and up to date.",
}


_STORED = (FILES, ACCOUNTS, RECEIVED, ACCEPTED, DELETIONS, DECISIONS, DAYS)


def names(catalog: Catalog) -> list[str]:
    """Every table that can be read: the declared ones, their quarantines and the lake's own."""
    return [*catalog.names, *(str(table.quarantine) for table in catalog.from_bronze), *SYSTEM]


def schema_of(name: str, catalog: Catalog) -> pl.Schema:
    """The columns of a table that can be read, by its name.

    Raises UnknownTableError where there is none.
    """
    if own := {one.name: one.schema for one in _STORED}.get(name):
        return own
    if name in {str(table.quarantine) for table in catalog.from_bronze}:
        return QUARANTINE
    return catalog[name].schema


def not_there(name: str, store: Store) -> str:
    """That a table is not in the lake yet, and the way out."""
    return f"{name} is not in the lake {store.place} yet. Run `mega-toys refresh` first."


def is_retired(name: str, catalog: Catalog, store: Store) -> bool:
    """Whether a table is in the lake, and no file declares it."""
    is_declared = name in names(catalog) or name in catalog.views
    return name.count(".") == 2 and not is_declared and store.exists(name)


def kept(name: str) -> str:
    """That a retired table cannot be read, and the ways out."""
    return (
        f"{name} is declared no longer: the lake keeps its rows until `mega-toys forget {name}`, "
        "and shows them once its file is back. `mega-toys status` tells all such tables."
    )
