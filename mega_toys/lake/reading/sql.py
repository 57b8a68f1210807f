"""SQL over all tables by their names, through DuckDB."""

import re
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import (
    BrokenLogError,
    DamagedTableError,
    LakeError,
    MegaToysError,
    QueryError,
)
from mega_toys.lake.reading.answer import frame_of, narrowed
from mega_toys.lake.reading.bounded import MEMORY_MB, bounded
from mega_toys.lake.reading.by_name import is_retired, kept, names, not_there
from mega_toys.lake.reading.confined import refuse_unconfined
from mega_toys.lake.reading.source import Source, quoted, reach, text
from mega_toys.lake.reading.views import with_sources
from mega_toys.lake.store.place import Place
from mega_toys.lake.store.scratch import temporary
from mega_toys.lake.store.store import Store

_SHOW_TABLES = re.compile(r"\s*show\s+(all\s+)?tables\s*;?\s*", re.IGNORECASE)
_DOTTED = re.compile(r"\w+\.\w+\.\w+")
MOST_ASKED = 4  # databases that are held to be asked again
_CONFINED = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}
Asked = MutableMapping[tuple[object, ...], duckdb.DuckDBPyConnection]


@dataclass(frozen=True)
class Database:
    """An in-memory database in which `commerce.gold.daily_sales` is the table of that name."""

    connection: duckdb.DuckDBPyConnection
    place: Place  # of the lake
    tables: tuple[str, ...]  # that can be asked: those that a query may mean
    declared: tuple[str, ...]  # all that there are, or will be
    confined: bool = True
    damaged: tuple[MegaToysError, ...] = ()  # of tables that may be meant, and are left out
    retired: frozenset[str] = frozenset()  # that may be meant
    memory_mb: int = MEMORY_MB

    @classmethod
    def of(
        cls,
        store: Store,
        catalog: Catalog,
        query: str,
        *,
        confined: bool = True,
        memory_mb: int = MEMORY_MB,
        asked: Asked | None = None,
    ) -> "Database":
        """A view for each table that the query may mean.

        A semantic view that it means brings what it is made of. A confined database
        reads nothing but the files of these tables, and is one of those `asked` before where they
        are as they were; one that is not has all tables where the query names none.
        """
        every, lists = names(catalog), bool(_SHOW_TABLES.fullmatch(query))
        views = with_sources([one for one in catalog.views if _is_meant(one, query)], catalog)
        text_of_all = " ".join([query, *views.values()])
        wanted = [name for name in every if _is_meant(name, text_of_all)]
        meant = [name for name in wanted if store.exists(name)]
        for name in wanted:
            if name in query.lower() and name not in meant:
                raise LakeError(not_there(name, store))
        if lists or not (meant or confined):
            meant = [name for name in every if store.exists(name)]
        if lists and not meant:
            raise LakeError(f"The lake {store.place} is empty. Run `mega-toys refresh` first.")
        whole, damaged = _whole([] if lists else meant, store, text_of_all)
        made = _Made(store, tuple(whole), views, memory_mb)
        dotted = {found.lower() for found in _DOTTED.findall(query.replace('"', ""))}
        return cls(
            made.confined({} if asked is None else asked) if confined else made.open(),
            store.place,
            (*meant, *(catalog.views if lists else views)),
            (*every, *catalog.views),
            confined,
            tuple(damaged),
            frozenset(name for name in dotted if is_retired(name, catalog, store)),
            memory_mb,
        )

    @property
    def _most_bytes(self) -> int:
        """What an answer may take: what is done with it takes as much."""
        return self.memory_mb * 500_000

    def _too_much(self) -> QueryError:
        return QueryError(
            f"The answer takes more memory than MEGA_TOYS_MEMORY_MB ({self.memory_mb} MB) allows: "
            "ask for fewer rows or columns (LIMIT, WHERE, GROUP BY), or raise it."
        )

    def answer(self, query: str) -> pl.DataFrame:
        """The rows of a query; QueryError with DuckDB's own words where it has none."""
        if _SHOW_TABLES.fullmatch(query):
            return pl.DataFrame({"table": sorted(self.tables)})
        try:
            connection = self.connection.cursor()  # others may ask at the same time
            _must_be_one(connection.extract_statements(query))
            if self.confined:
                refuse_unconfined(query, self.tables, self.declared, self.retired, connection)
            with self.place.naming_refusals("read"):
                rows = frame_of(connection.sql(query), self._most_bytes)
        except (duckdb.OutOfMemoryException, MemoryError):
            raise self._too_much() from None
        except duckdb.CatalogException as error:
            told = (error, *self.damaged, *map(kept, sorted(self.retired)))
            raise QueryError(" ".join(map(str, told))) from None
        except (duckdb.Error, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise QueryError(str(error)) from None
        if rows.estimated_size() > self._most_bytes:
            raise self._too_much()
        return narrowed(rows)


@dataclass(frozen=True)
class _Made:
    """The database of some whole tables and semantic views."""

    store: Store
    tables: tuple[str, ...]
    views: Mapping[str, str]
    memory_mb: int

    def open(self) -> duckdb.DuckDBPyConnection:
        """A new one, which reads whatever it is asked for."""
        return self._with(self._sources())

    def confined(self, asked: Asked) -> duckdb.DuckDBPyConnection:
        """One that reads the files of the tables alone: the one asked before, or a new one."""
        versions = [(self.store.version(one), self.store.written_at(one)) for one in self.tables]
        state = (self.tables, tuple(versions), tuple(self.views), self.memory_mb)
        if connection := asked.get(state):
            return connection
        sources = self._sources()
        made = self._with(sources)
        _confine(made, [file for source in sources for file in source.files])
        for oldest in list(asked)[: -MOST_ASKED + 1]:
            asked.pop(oldest, None)
        asked[state] = made
        return made

    def _sources(self) -> list[Source]:
        return [Source.of(self.store, name) for name in self.tables]

    def _with(self, sources: Sequence[Source]) -> duckdb.DuckDBPyConnection:
        connection = bounded(self.memory_mb, temporary(self.store.root))
        reach(self.store, connection)
        for name, source in zip(self.tables, sources, strict=True):
            _make_view(connection, name, source.sql)
        for name, sql in self.views.items():
            try:
                _make_view(connection, name, sql)
            except duckdb.Error as error:
                raise QueryError(f"{name} cannot be made: {error}") from None
        return connection


def _whole(meant: Iterable[str], store: Store, query: str) -> tuple[list[str], list[MegaToysError]]:
    """The tables that can be read, and what is wrong with others; it is raised of one named."""
    whole, damaged = list[str](), list[MegaToysError]()
    for name in meant:
        try:
            store.refuse_damage(name, within=True)
            whole.append(name)
        except (BrokenLogError, DamagedTableError) as error:
            if name in query.lower():
                raise
            damaged.append(error)
    return whole, damaged


def _must_be_one(statements: Sequence[object]) -> None:
    if not statements:
        raise QueryError("The query asks nothing: SELECT … FROM commerce.gold.daily_sales")
    if len(statements) > 1:
        raise QueryError(f"These are {len(statements)} statements: ask them one at a time.")


def _is_meant(name: str, query: str) -> bool:
    return name.rsplit(".", 1)[-1] in query.lower()


def _make_view(connection: duckdb.DuckDBPyConnection, name: str, source: str) -> None:
    *schema, table = name.split(".")
    domain, layer = schema[0], schema[1] if len(schema) > 1 else "main"
    connection.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {quoted(domain)}")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(domain)}.{quoted(layer)}")
    where = ".".join(map(quoted, (domain, layer, table)))
    connection.execute(f"CREATE OR REPLACE VIEW {where} AS {source}")


def _confine(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> None:
    """Let the connection read these files and nothing else, for good."""
    allowed = ", ".join(map(text, files))
    connection.execute(f"SET allowed_paths = [{allowed}]")
    for setting, value in _CONFINED.items():
        connection.execute(f"SET GLOBAL {setting} = {value}")
