"""What of a table's contract was released, and what changed since and between."""

from itertools import pairwise
from pathlib import Path

from mega_toys.contracts.change import Change
from mega_toys.contracts.compare import compare
from mega_toys.contracts.document import document
from mega_toys.contracts.files import ROOT
from mega_toys.contracts.gate import Released
from mega_toys.contracts.versions import Version
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.table import Table

_MOST = 3  # versions whose changes are told
Changes = list[tuple[str, list[Change]]]  # by the version that has them, newest first


class Promises:
    """The released contracts below a folder; where there is none, nothing is known of releases."""

    def __init__(self, catalog: Catalog, root: Path = ROOT) -> None:
        self.catalog = catalog
        self._released = Released.below(root) if root.is_dir() else None

    @property
    def are_known(self) -> bool:
        """Whether it can be told what was released."""
        return self._released is not None

    def versions(self, table: Table) -> list[Version]:
        """The released versions, the oldest first."""
        return self._released.versions.get(str(table.name), []) if self._released else []

    def changes(self, table: Table) -> Changes:
        """What the newest versions changed, and what changed since; nothing where nothing did."""
        versions = self.versions(table)[-_MOST:]
        if not self._released or not versions:
            return []
        contracts = [(str(v), self._released.contract(str(table.name), v)) for v in versions]
        contracts.append(("not released yet", document(table, self.catalog)))
        found = [(after, compare(old, new)) for (_, old), (after, new) in pairwise(contracts)]
        return [(version, changes) for version, changes in reversed(found) if changes]
