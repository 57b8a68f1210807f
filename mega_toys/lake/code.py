"""The version of a table's code: a hash of its file and of all it uses of the domains."""

import hashlib
import inspect
from functools import cache
from types import ModuleType

from mega_toys.lake.table import Table

DOMAINS = "mega_toys.domains"


def code_version(table: Table) -> str:
    """Twelve hexadecimal digits that change when the code that makes the table's rows does."""
    module = inspect.getmodule(table.rows)
    modules = _used(module) if module else frozenset()
    sources = sorted((used.__name__, inspect.getsource(used)) for used in modules)
    return hashlib.blake2b(repr(sources).encode(), digest_size=6).hexdigest()


@cache
def _used(module: ModuleType) -> frozenset[ModuleType]:
    """The module and those of the domains whose functions it uses; not those of other tables."""
    found = {module}
    for value in vars(module).values():
        used = inspect.getmodule(value)
        if used and used is not module and _is_shared(used):
            found |= _used(used)
    return frozenset(found)


def _is_shared(module: ModuleType) -> bool:
    return module.__name__.startswith(DOMAINS) and not hasattr(module, "TABLE")
