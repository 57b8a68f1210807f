"""The version of a table's code: a hash of what is declared and of the definitions that make rows.

Comments, docstrings, descriptions, checks and contracts make no rows and do not count.
"""

import hashlib
from collections.abc import Iterator, Mapping

from mega_toys.lake.catalog import Catalog
from mega_toys.lake.code_cache import keep_hashes, known_hash
from mega_toys.lake.definitions import Definition, reached
from mega_toys.lake.note import Note
from mega_toys.lake.table import FROM_BRONZE, Kind, Table

_PACKAGE = __name__.split(".")[0]
_JUDGES = ("lake.judging.Judge", "lake.quarantine.rejected")
_TAKES = {
    Kind.EVENTS: "lake.kinds.events.take",
    Kind.CURRENT: "lake.kinds.current.take",
    Kind.HISTORY: "lake.kinds.versions.take",
    Kind.REFERENCE: "lake.kinds.versions.take",
}
_READS = ("ingestion.rows.read", "ingestion.rows.frames")
# What moves and counts rows, and does not make them.
_PLUMBING = (
    "accounts", "aside", "catalog", "changes", "counting", "days", "errors", "files", "groups",
    "log", "news", "note", "step", "store", "table", "taking", "work",
)  # fmt: skip


def code_version(table: Table, catalog: Catalog) -> str:
    """Twelve hexadecimal digits that change when what makes the table's rows does."""
    if (defined := known_hash(str(table.name))) is None:
        keep_hashes({str(one.name): _hash(sorted(_defined(one).items())) for one in catalog})
        defined = known_hash(str(table.name)) or _hash(sorted(_defined(table).items()))
    return _hash([*_declared(table, catalog), defined])


def _hash(told: object) -> str:
    return hashlib.blake2b(repr(told).encode(), digest_size=6).hexdigest()


def is_of_other_code(table: Table, note: Note | None, catalog: Catalog) -> bool:
    """Whether other code than that of today made the oldest rows of a table with this note."""
    if note is None or not note.run:
        return False
    is_told = bool(note.code) or table.kind is Kind.BRONZE  # of which older code said nothing
    return is_told and note.code != code_version(table, catalog)


def _declared(table: Table, catalog: Catalog) -> Iterator[object]:
    """The values of declarations that rows depend on."""
    yield str(table.kind)
    if table.kind is Kind.BRONZE:
        yield sorted((name, sent.type) for name, sent in table.fields.items())
    if table.kind in FROM_BRONZE:
        received = catalog[table.received_from.table]
        yield sorted((name, repr(sent)) for name, sent in received.fields.items())
        if sent := received.dataset:
            yield (sent.key, sent.business_time, sent.sequence)
        yield (sorted(table.known), table.zone_of)


def _defined(table: Table) -> Mapping[Definition, str]:
    """The definitions that make the rows, of the table's file and of what it uses."""
    if table.kind is Kind.BRONZE:
        return reached(_ours(*_READS), _is_plumbing)
    functions = [one for one in (table.build, table.update, *table.rules) if one]
    roots = [(table.rows.__module__, table.rows.__name__)]
    roots += [(one.__module__, getattr(one, "__name__", "")) for one in functions]
    if table.kind in FROM_BRONZE:
        roots += _ours(*_JUDGES, _TAKES[table.kind])
    return reached(roots, lambda module: _is_plumbing(module) or _is_other_table(module, table))


def _ours(*names: str) -> list[Definition]:
    split = [name.rpartition(".") for name in names]
    return [(f"{_PACKAGE}.{module}", name) for module, _, name in split]


def _is_plumbing(module: str) -> bool:
    return module in {f"{_PACKAGE}.lake.{name}" for name in _PLUMBING}


def _is_other_table(module: str, table: Table) -> bool:
    """Whether it is the file of another table, whose rows are news when they change."""
    parts = module.split(".")
    in_layer = len(parts) >= 3 and parts[-2] in ("bronze", "silver", "gold")
    return in_layer and module != table.rows.__module__
