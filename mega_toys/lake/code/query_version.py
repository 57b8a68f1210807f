"""The version of a check's query: a hash of what its function and those it uses say."""

import hashlib
import re

from mega_toys.declared.contract import Check
from mega_toys.declared.table import Table
from mega_toys.lake.code.reached import Definition, reached, text_of

_DOMAINS = f"{__name__.split('.')[0]}.domains."


def query_version(check: Check, table: Table) -> str:
    """Twelve hexadecimal digits that change when what a check of a table looks for may do.

    Schemas, whose columns a contract tells, do not count, nor does what no domain defines. That of
    a former version, as `SalesV1`, is named as the one of today: it may keep its checks.
    """
    schema = (table.rows.__module__, table.rows.__name__)
    root = (check.finds.__module__, check.finds.__name__)
    used = reached([root], lambda module: _is_other(module, root), {schema})
    told = sorted((one[1], _of_any_version(text_of(one), schema[1])) for one in used)
    return hashlib.blake2b(repr(told).encode(), digest_size=6).hexdigest()


def _of_any_version(text: str, schema: str) -> str:
    return re.sub(rf"\b{schema}\b", re.sub(r"V\d+$", "", schema), text)


def _is_other(module: str, root: Definition) -> bool:
    """Whether it is the file of another table, or of no domain."""
    parts = module.split(".")
    in_layer = len(parts) >= 3 and parts[-2] in ("bronze", "silver", "gold")
    return not module.startswith(_DOMAINS) or (in_layer and module != root[0])
