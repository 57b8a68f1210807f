"""How a table is read, ready to be copied."""

from dataclasses import dataclass

from mega_toys.declared.table import Table
from mega_toys.lake.store.store import Store

_FILES = "from deltalake import DeltaTable"


@dataclass(frozen=True)
class Snippet:
    """A text to be run as it is, and where."""

    where: str
    text: str


def snippets(table: Table, store: Store) -> list[Snippet]:
    """The command, Python, and engines that read the files that the table's log names.

    These need no extension of theirs for Delta.
    """
    name, uri = str(table.name), _absolute(store, table)
    return [
        Snippet("Terminal", f'mega-toys query "FROM {name} LIMIT 5"'),
        Snippet(
            "Python",
            "import mega_toys\n\n"
            "lake = mega_toys.open()\n"
            f'print(lake.scan("{name}").head(5).collect())',
        ),
        Snippet(
            "DuckDB",
            f"import duckdb\n{_FILES}\n\n"
            f"uri = {uri!r}\n"
            "files = DeltaTable(uri).file_uris()\n"
            "duckdb.read_parquet(files, hive_partitioning=True).limit(5).show()",
        ),
        Snippet(
            "Spark",
            f"{_FILES}\nfrom pyspark.sql import SparkSession\n\n"
            "spark = SparkSession.builder.getOrCreate()\n"
            f"uri = {uri!r}\n"
            "files = DeltaTable(uri).file_uris()\n"
            'spark.read.option("basePath", uri).parquet(*files).show(5)',
        ),
    ]


def _absolute(store: Store, table: Table) -> str:
    folder = store.place.folder
    return str((folder / store.path(table.name)).resolve()) if folder else store.uri(table.name)
