"""Reading a table by the name that a person types."""

import datetime as dt

import polars as pl

from mega_toys.lake.accounts import ACCEPTED, ACCOUNTS, RECEIVED
from mega_toys.lake.catalog import Catalog
from mega_toys.lake.days_table import DAYS
from mega_toys.lake.decisions import DECISIONS
from mega_toys.lake.errors import LakeError, UnknownTableError
from mega_toys.lake.files import FILES
from mega_toys.lake.quality import QUALITY
from mega_toys.lake.store import Store

SYSTEM = tuple(
    stored.name for stored in (FILES, ACCOUNTS, RECEIVED, ACCEPTED, DAYS, DECISIONS, QUALITY)
)


def names(catalog: Catalog) -> list[str]:
    """Every table that can be read: the declared ones, their quarantines and the lake's own."""
    declared = [str(table.name) for table in catalog]
    return [*declared, *(str(table.quarantine) for table in catalog if table.quarantine), *SYSTEM]


def scan(
    store: Store, catalog: Catalog, name: str, version: int | dt.datetime | None = None
) -> pl.LazyFrame:
    """The rows of a table; refuses a name that no table has."""
    known = names(catalog)
    if name not in known:
        raise UnknownTableError(name, known)
    if not store.exists(name):
        raise LakeError(
            f"{name} is not in the lake {store.place} yet. Run `mega-toys refresh` first."
        )
    return store.scan(name, version)
