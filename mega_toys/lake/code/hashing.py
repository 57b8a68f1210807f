"""The version of a table's code: a hash of what is declared and of the definitions that make rows.

Comments, docstrings, descriptions, checks and contracts make no rows and do not count.
"""

import functools
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.sent_as import BY_DEFAULT
from mega_toys.declared.table import (
    FIRST_BUSINESS_DAY,
    Bronze,
    Built,
    Counted,
    Current,
    Events,
    FromBronze,
    History,
    Reference,
    Table,
    WholeTable,
)
from mega_toys.declared.window import WINDOW
from mega_toys.lake.code.cache import Remembered
from mega_toys.lake.code.reached import Definition, reached
from mega_toys.lake.store.note import Note

_HASHES = Remembered("code_versions")
_JUDGES = ("mega_toys.lake.judging.judge.Judge", "mega_toys.lake.own.quarantine_tables.rejected")
_BUILDS = {
    Events: "mega_toys.lake.building.events.take",
    Current: "mega_toys.lake.building.current.take",
    History: "mega_toys.lake.building.versions.take",
    Reference: "mega_toys.lake.building.versions.take",
    Counted: "mega_toys.lake.quarantined.quality.build",
}
_READING = ("polars", "fastavro", "zstandard")
_READS = ("mega_toys.ingestion.decoding.fitted.read", "mega_toys.ingestion.decoding.fitted.frames")
# What moves and counts rows, and does not make them.
_PLUMBING = (
    "mega_toys.lake.own.accounts",
    "mega_toys.lake.building.aside",
    "mega_toys.declared.catalog",
    "mega_toys.lake.news.changes",
    "mega_toys.lake.building.counting",
    "mega_toys.declared.contract",
    "mega_toys.declared.dataset",
    "mega_toys.declared.days",
    "mega_toys.declared.domain",
    "mega_toys.declared.errors",
    "mega_toys.declared.extents",
    "mega_toys.declared.name",
    "mega_toys.declared.opaque",
    "mega_toys.lake.own.files",
    "mega_toys.lake.run.found",
    "mega_toys.lake.building.accepted",
    "mega_toys.lake.store.history",
    "mega_toys.lake.store.log",
    "mega_toys.lake.news.received",
    "mega_toys.lake.store.note",
    "mega_toys.lake.run.outcome",
    "mega_toys.lake.store.step",
    "mega_toys.lake.store.store",
    "mega_toys.lake.store.tables",
    "mega_toys.declared.table",
    "mega_toys.lake.building.taking",
    "mega_toys.lake.run.work",
)


def code_version(table: Table, catalog: Catalog) -> str:
    """Twelve hexadecimal digits that change when what makes the table's rows does."""
    return _hash([*_declared(table, catalog), _definitions(table, catalog)])


def readers_version(bronze: Bronze, catalog: Catalog) -> str:
    """Twelve that change when the code or the libraries do that read files."""
    return _hash([_definitions(bronze, catalog), *map(_installed, _READING), *_sent_as(bronze)])


_installed = functools.cache(version)  # of a library; each time it is asked it reads a file


def _definitions(table: Table, catalog: Catalog) -> str:
    """The hash of the definitions that make the rows, which is remembered."""
    if (defined := _HASHES.known().get(str(table.name))) is None:
        _HASHES.keep({str(one.name): _hash_of_definitions(one) for one in catalog})
        defined = _HASHES.known().get(str(table.name)) or _hash_of_definitions(table)
    return str(defined)


def _hash_of_definitions(table: Table) -> str:
    """The hash of the definitions that make the rows, in whichever modules they stand."""
    return _hash(sorted((name, text) for (_, name), text in _defined(table).items()))


def _hash(told: object) -> str:
    return hashlib.blake2b(repr(told).encode(), digest_size=6).hexdigest()


def is_of_other_code(table: Table, note: Note | None, catalog: Catalog) -> bool:
    """Whether other code than that of today made the oldest rows of a table with this note."""
    if note is None or not note.run:
        return False
    is_told = bool(note.code) or isinstance(table, Bronze)  # of which older code said nothing
    return is_told and note.code != code_version(table, catalog)


def _declared(table: Table, catalog: Catalog) -> Iterator[object]:
    """The values of declarations that rows depend on."""
    yield table.kind
    if isinstance(table, Bronze):
        yield sorted((name, sent.type) for name, sent in table.fields.items())
        yield from _sent_as(table)
    if isinstance(table, FromBronze):
        received = catalog.bronze_of(table)
        dataset = received.dataset
        yield sorted((name, repr(sent)) for name, sent in received.fields.items())
        yield (dataset.key, dataset.business_time, dataset.sequence)
        if dataset.tells_deletions:
            yield (dataset.complete, dataset.deleted)
        yield (sorted(table.known), table.zone_of)
        if isinstance(table, Events) and table.window != WINDOW:
            yield table.window
        if isinstance(table, Current) and table.first_day != FIRST_BUSINESS_DAY:
            yield table.first_day


def _sent_as(bronze: Bronze) -> Iterator[str]:
    """What is declared of how files are sent, if anything is."""
    if bronze.dataset.sent_as != BY_DEFAULT:
        yield repr(bronze.dataset.sent_as)
        with suppress(PackageNotFoundError):  # an extra, which may come later
            yield version("python-calamine")


def _defined(table: Table) -> Mapping[Definition, str]:
    """The definitions that make the rows, of the table's file and of what it uses."""
    if isinstance(table, Bronze):
        return reached(_named(*_READS), _PLUMBING.__contains__)
    declared = (table.rows, *_functions(table))
    roots = [(one.__module__, getattr(one, "__name__", "")) for one in declared]
    if type(table) in _BUILDS:
        roots += _named(_BUILDS[type(table)])
    if isinstance(table, FromBronze):
        roots += _named(*_JUDGES)
    return reached(roots, lambda module: module in _PLUMBING or _is_other_table(module, table))


def _functions(table: Table) -> Iterator[Callable[..., object]]:
    """The functions of a table's file that make its rows."""
    if isinstance(table, Built):
        yield table.build
    if isinstance(table, WholeTable) and table.update:
        yield table.update
    if isinstance(table, FromBronze):
        yield from table.rules


def _named(*names: str) -> list[Definition]:
    return [(module, name) for module, _, name in (one.rpartition(".") for one in names)]


def _is_other_table(module: str, table: Table) -> bool:
    """Whether it is the file of another table, whose rows are news when they change."""
    parts = module.split(".")
    in_layer = len(parts) >= 3 and parts[-2] in ("bronze", "silver", "gold")
    return in_layer and module != table.rows.__module__
