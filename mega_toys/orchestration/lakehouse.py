"""The resource that Dagster hands to every asset: the lake, and what the builds in it did."""

from dataclasses import dataclass, field

import mega_toys.domains
from mega_toys.lake.catalog import Catalog, tables_in
from mega_toys.lake.store import Store
from mega_toys.lake.work import Outcome, Work
from mega_toys.settings import Settings


@dataclass
class Lakehouse:
    """The lake of some settings, its tables, and the outcomes of the runs in this process."""

    settings: Settings
    catalog: Catalog
    store: Store
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings) -> "Lakehouse":
        """The lakehouse with all tables of the domains."""
        return cls(settings, tables_in(mega_toys.domains), Store(settings.lake_root))

    def work(self, run: str) -> Work:
        """What the builds of one run share."""
        return Work(
            self.store,
            self.catalog,
            run=run,
            rows_at_once=self.settings.rows_at_once,
        )
