"""How a table is read, ready to be copied."""

from dataclasses import dataclass

from mega_toys.declared.table import Table
from mega_toys.lake.store.store import Store


@dataclass(frozen=True)
class Snippet:
    """A text to be run as it is, and where."""

    where: str
    text: str


def snippets(table: Table, store: Store) -> list[Snippet]:
    """The command, Python, and engines that read Delta by themselves."""
    name, uri = str(table.name), _absolute(store, table)
    return [
        Snippet("Terminal", f'mega-toys query "FROM {name} LIMIT 5"'),
        Snippet(
            "Python",
            "import mega_toys\n\n"
            "lake = mega_toys.open()\n"
            f'print(lake.scan("{name}").head(5).collect())',
        ),
        Snippet("DuckDB", f"INSTALL delta;\nLOAD delta;\nFROM delta_scan({_sql(uri)}) LIMIT 5;"),
        Snippet("Spark", f'spark.read.format("delta").load({uri!r}).show(5)'),
    ]


def _absolute(store: Store, table: Table) -> str:
    folder = store.place.folder
    return str((folder / store.path(table.name)).resolve()) if folder else store.uri(table.name)


def _sql(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
