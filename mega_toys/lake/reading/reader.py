"""All that people read of a lake, by whichever door: one place for what somebody may see."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl
from deltalake.exceptions import DeltaError

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import LakeError, UnknownTableError
from mega_toys.declared.table import FromBronze
from mega_toys.lake.reading.bounded import MEMORY_MB
from mega_toys.lake.reading.by_name import SYSTEM, is_retired, kept, names, not_there
from mega_toys.lake.reading.views import described
from mega_toys.lake.store.store import Store

if TYPE_CHECKING:
    from mega_toys.lake.reading.source import Source
    from mega_toys.lake.reading.sql import Asked

EVERYBODY = "everybody"
TABLES = pl.Schema(
    {
        "table": pl.String(),
        "kind": pl.String(),
        "rows": pl.Int64(),
        "owner": pl.String(),
        "privacy": pl.String(),
        "description": pl.String(),
    }
)


@dataclass(frozen=True)
class Reader:
    """A lake as somebody reads it: tables, quarantines, the lake's own tables, and views.

    Every `principal` may read all that there is.
    """

    store: Store
    catalog: Catalog
    principal: str = EVERYBODY
    memory_mb: int = MEMORY_MB  # that a query may take
    _asked: "Asked" = field(default_factory=dict, compare=False, repr=False)

    @property
    def names(self) -> list[str]:
        """What can be read: all tables, then the views."""
        return [*names(self.catalog), *self.catalog.views]

    def scan(self, name: str, version: int | dt.datetime | None = None) -> pl.LazyFrame:
        """A table's rows as they are now, or as they were at a version or an instant.

        Raises UnknownTableError where nothing has that name, LakeError before its first refresh
        and for a version or an instant that its log has not, or no longer; a view has none.
        """
        if name not in self.names:
            if is_retired(name, self.catalog, self.store):
                raise LakeError(kept(name))
            raise UnknownTableError(name, self.names)
        if name in self.catalog.views:
            return self._scan_view(name, version)
        if not self.store.exists(name):
            raise LakeError(not_there(name, self.store))
        if version is not None:
            return self._as_it_was(name, version)
        self.store.refuse_damage(name)
        return self.store.scan(name)

    def _as_it_was(self, name: str, version: int | dt.datetime) -> pl.LazyFrame:
        if isinstance(version, dt.datetime):
            self._refuse_before_its_log(name, version)
        rows = self.store.scan(name, version)
        try:
            rows.collect_schema()
        except DeltaError:
            raise LakeError(
                f"{name} cannot be read as it was at {version}: its newest version is "
                f"{self.store.version(name)}, and of old ones its log keeps those of some 30 days."
            ) from None
        return rows

    def _refuse_before_its_log(self, name: str, at: dt.datetime) -> None:
        """Of an instant before its first commit Delta would give that commit."""
        begins = self.store.log_begins_at(name)
        if at.tzinfo and begins and at < begins:
            raise LakeError(
                f"{name} cannot be read as it was at {at}: its log begins at {begins}, when the "
                "table was made or from when on old versions are kept."
            )

    def _scan_view(self, name: str, version: int | dt.datetime | None) -> pl.LazyFrame:
        if version is not None:
            raise LakeError(f"{name} is a view: it has no versions. The tables it is made of have.")
        return self.sql(f"FROM {name}").lazy()

    def sql(self, query: str, *, confined: bool = True) -> pl.DataFrame:
        """The rows of a query in DuckDB's SQL over all names; QueryError where it has none."""
        from mega_toys.lake.reading.sql import Database  # DuckDB takes a while to be imported

        return Database.of(
            self.store,
            self.catalog,
            query,
            confined=confined,
            memory_mb=self.memory_mb,
            asked=self._asked,
        ).answer(query)

    def metric(self, name: str, by: Sequence[str] = (), where: str = "") -> pl.DataFrame:
        """A figure of the business by some of its dimensions, as `metric("oee", by=["month"])`.

        `where` is a condition in SQL over its dimensions. Raises UnknownMetricError,
        UnknownDimensionError, QueryError.
        """
        from mega_toys.lake.reading.metrics import answer

        return answer(self, name, by, where)

    def source(self, name: str) -> "Source":
        """A table's rows as a query that DuckDB answers by itself, in a database of its own."""
        from mega_toys.lake.reading.source import Source

        return Source.of(self.store, name)

    def tables(self) -> pl.DataFrame:
        """All that can be read: kind, rows, owner, privacy and what a row is.

        `rows` is null of a view, and of a table that is not made yet or lacks data files.
        """
        rows = [self._told(name) for name in self.names]
        return pl.DataFrame(rows, schema=TABLES, orient="row")

    def _told(self, name: str) -> tuple[str | int | None, ...]:
        if name in self.catalog.views:
            return name, "view", None, None, None, described(name, self.catalog)
        rows = self._height(name)
        if name in SYSTEM:
            return name, "the lake's", rows, None, None, SYSTEM[name]
        if silver := self.rejected_by(name):
            title = "A record that the silver table of this name rejected."
            contract = silver.contract
            return name, "quarantine", rows, contract.owner, contract.privacy, title
        table = self.catalog[name]
        contract = table.contract
        return name, table.kind, rows, contract.owner, contract.privacy, table.title

    def _height(self, name: str) -> int | None:
        there = self.store.exists(name) and self.store.is_whole(name)
        return self.store.height(name) if there else None

    def rejected_by(self, name: str) -> FromBronze | None:
        """The table whose quarantine has this name."""
        return next((t for t in self.catalog.from_bronze if str(t.quarantine) == name), None)
