"""The resources that Dagster hands to every asset: the lake, its DuckDB, and who watches it."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import dagster as dg
from dagster_duckdb import DuckDBResource

import mega_toys.domains
from mega_toys.declared.catalog import Catalog, tables_in
from mega_toys.ingestion.listing import Listing
from mega_toys.ingestion.unchanged import Folders
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.entry import Entry
from mega_toys.lake.store.store import Store
from mega_toys.operations.plan import Plan, Todo
from mega_toys.operations.refreshed import Refreshed
from mega_toys.orchestration.resources.partitions import first_day
from mega_toys.settings import Settings


@dataclass(frozen=True)
class Watcher:
    """Who is told, beside Dagster, how a refresh goes: the terminal, or nobody."""

    say: Callable[[str], None] = lambda text: None
    done: Callable[[Outcome], None] = lambda outcome: None


@dataclass
class Lakehouse:
    """The lake of some settings, its tables, and who watches."""

    settings: Settings
    catalog: Catalog
    store: Store
    # handed out here, since a run's config could open any file with a resource of its own
    database: DuckDBResource = field(default_factory=lambda: DuckDBResource(database=":memory:"))
    watcher: Watcher = field(default_factory=Watcher)
    refreshed: Refreshed | None = None  # what the last refresh in this process did
    untold: list[Any] = field(default_factory=list)  # events that Dagster is told by the next run
    folders: Folders = field(default_factory=Folders)  # of the landing zone
    listing: Listing | None = None  # of the landing zone, while it is listed once
    may_wait: Callable[[Todo], bool] = lambda todo: False  # with its news, for a later refresh
    looked_without_news: object = None  # how all looked when there was no new file
    published: tuple[Entry, Any] | None = None  # what the DuckDB file of this state holds

    @classmethod
    def of(cls, settings: Settings) -> "Lakehouse":
        """The lakehouse with all tables of the domains."""
        return cls(settings, tables_in(mega_toys.domains), Store(settings.lake_root))

    @cached_property
    def first_day(self) -> dt.date:
        """The first partition, as long as this process lives."""
        return first_day(self.settings)

    def work(self, run: str) -> Work:
        """What the builds of one run share."""
        return Work(
            self.store,
            self.catalog,
            run=run,
            rows_at_once=self.settings.rows_at_once,
            memory_mb=self.settings.memory_mb,
        )

    def plan(self, run: str, since: dt.date | None = None) -> Plan:
        """What is to do, as the lake and the landing zone stand; see `Listing` for `since`."""
        return Plan(self.work(run), self.listed(since))

    def listed(self, since: dt.date | None = None) -> Listing:
        """The files of the landing zone, as they are, or as within `listed_once` they were."""
        return self.listing or Listing(self.settings.landing_root, since)

    @contextmanager
    def listed_once(self) -> Iterator[None]:
        """Within, the landing zone is listed once for all who ask; later ones are news later."""
        self.listing = Listing(self.settings.landing_root)
        try:
            yield
        finally:
            self.listing = None


def resources_of(lakehouse: Lakehouse) -> dict[str, Any]:
    """The resources of the code location; Dagster's default would keep outputs as files."""
    return {"lakehouse": lakehouse, "io_manager": dg.mem_io_manager}
