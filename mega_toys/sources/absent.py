"""Fields of a bronze table for which its object in a system has no column."""

from collections.abc import Collection

from mega_toys.declared import sent
from mega_toys.declared.errors import SourceError
from mega_toys.declared.sent_as import Declared, SentAs
from mega_toys.declared.source import System
from mega_toys.declared.table import Bronze


def absent(table: Bronze, source: System, columns: Collection[str]) -> tuple[str, ...]:
    """The optional ones, which stay empty. Raises SourceError where the table requires one."""
    fields = sent.fields_of(table.rows)
    missing = [name for name in fields if not _is_there(name, table.dataset.sent_as, columns)]
    if required := [f"`{name}`" for name in missing if fields[name].required]:
        raise SourceError(
            f"it has no column for {', '.join(required)}, which {table.name} requires, or the "
            f"reader may not read it: bring it back, tell its new name by SentAs(names=…), or "
            f"declare it `optional=True`; nothing of {source.object} lands until then, and nothing "
            "is lost"
        )
    return tuple(missing)


def _is_there(field: str, sent_as: Declared, columns: Collection[str]) -> bool:
    """Whether a column may tell a field; of records within a column nothing is known."""
    told = [sent_as] if isinstance(sent_as, SentAs) else list(sent_as.values())
    if any(one.records for one in told):
        return True
    names = [one.sources_of(field) for one in told]
    return any(not some or any(_column(name) in columns for name in some) for some in names)


def _column(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]
