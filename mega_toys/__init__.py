"""mega_toys: the open lakehouse of Mega Awesome Toys."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mega_toys.tied import tie

if TYPE_CHECKING:
    import polars as pl

    from mega_toys.declared.catalog import Catalog
    from mega_toys.lake.store.store import Store

tie()


@dataclass(frozen=True)
class OpenLake:
    """A lake to read from Python."""

    store: "Store"
    catalog: "Catalog"

    def tables(self) -> list[str]:
        """The names of all tables."""
        return [str(table.name) for table in self.catalog]

    def scan(self, name: str, version: int | dt.datetime | None = None) -> "pl.LazyFrame":
        """A table's rows as they are now, or as they were at a version or an instant.

        Raises UnknownTableError where no table has that name, LakeError before its first refresh
        and for a version that its log has not, or no longer.
        """
        from mega_toys.lake.reading.by_name import scan

        return scan(self.store, self.catalog, name, version)


def open(lake_root: str | None = None) -> OpenLake:  # noqa: A001, `mega_toys.open()` reads well
    """The lake of the settings, or the one at `lake_root`."""
    import mega_toys.domains
    from mega_toys.declared.catalog import tables_in
    from mega_toys.lake.store.store import Store
    from mega_toys.settings import Settings

    return OpenLake(Store(lake_root or Settings.load().lake_root), tables_in(mega_toys.domains))
