"""Columns of a weaker class of privacy than what their values come from, and no reason why."""

from collections.abc import Iterator
from typing import NamedTuple

from mega_toys.declared.contract import Privacy
from mega_toys.declared.privacy import because_of, is_weaker, privacy_of
from mega_toys.declared.table import Bronze, Table
from mega_toys.lineage.graph import Lineage
from mega_toys.lineage.origins import Source


class Weakened(NamedTuple):
    """A column, its class, and a source of its values that is of a stricter one."""

    column: Source
    privacy: Privacy
    source: Source
    source_privacy: Privacy

    def __str__(self) -> str:
        return (
            f"{'.'.join(self.column)} is {self.privacy}, and its values come from "
            f"{'.'.join(self.source)}, which is {self.source_privacy}: declare it "
            f"`private({self.source_privacy!r})`, or say what masks or aggregates them, as "
            f"`weakened({self.privacy!r}, because='a count')`, both of `declared/columns.py`."
        )


def weakened(lineage: Lineage) -> Iterator[Weakened]:
    """Each column that is of a weaker class than a source, and does not say why."""
    classes = {str(table.name): classes_of(table) for table in lineage.catalog}
    for table in lineage.catalog:
        reasons, own = because_of(table), classes[str(table.name)]
        for name, origins in lineage.of(table).items():
            for source in sorted(origins.values) if name not in reasons else ():
                there = classes.get(source.frame, {}).get(source.column)
                if there and is_weaker(own[name], than=there):
                    yield Weakened(Source(str(table.name), name), own[name], source, there)


def classes_of(table: Table) -> dict[str, Privacy]:
    """The class of each column.

    Of bronze the fields' own, and that of the table for what was rescued of any field; where a
    record lies is no secret.
    """
    found = privacy_of(table)
    if not isinstance(table, Bronze):
        return found
    declared = {name for name, one in table.columns.items() if "privacy" in (one.metadata or {})}
    kept = declared | {"_rescued"}
    return {name: privacy if name in kept else "internal" for name, privacy in found.items()}
