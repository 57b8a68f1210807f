"""Tables that lie in the lake with other columns than those declared today."""

from mega_toys.declared.table import FromBronze, Table
from mega_toys.lake.own import quarantine_tables
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.tables import Stored

WAY_OUT = "`mega-toys refresh --changed-code` makes it anew from what it is made of."


def has_other_columns(table: Table, work: Work) -> bool:
    """Whether the table, or its quarantine, must be made anew before it can be written."""
    return any(work.store.other_columns(stored) for stored in _own(table, work))


def refuse_other_columns(table: Table, work: Work, way_out: str = WAY_OUT) -> None:
    """Raise StoredSchemaError where the table or its quarantine has other columns."""
    for stored in _own(table, work):
        work.store.refuse_other_columns(stored, way_out)


def _own(table: Table, work: Work) -> list[Stored]:
    rejected = [quarantine_tables.stored(table)] if isinstance(table, FromBronze) else []
    return [work.stored(table), *rejected]
