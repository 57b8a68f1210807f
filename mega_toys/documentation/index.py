"""The first page of the data dictionary: all tables, and the columns that many of them have."""

from collections.abc import Iterator, Mapping

import polars as pl

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.columns import Versioned
from mega_toys.declared.described import type_of
from mega_toys.declared.sent import Received
from mega_toys.documentation.cell import cell
from mega_toys.documentation.lineage import of_products
from mega_toys.lake.building.days_table import DAYS
from mega_toys.lake.own import quarantine_tables
from mega_toys.lake.own.accounts import ACCEPTED, ACCOUNTS, DELETIONS, RECEIVED
from mega_toys.lake.own.files import FILES
from mega_toys.lake.quarantined.decisions import DECISIONS
from mega_toys.lake.reading.by_name import SYSTEM

OWN = {
    stored.name: (SYSTEM[stored.name], stored.schema)
    for stored in (FILES, ACCOUNTS, RECEIVED, ACCEPTED, DELETIONS, DECISIONS, DAYS)
}
MEANINGS = {
    "_file": "File of the record, below the landing root.",
    "_landed_on": "Landing day of the record.",
    "_row": "Position of the record in its file, from 0.",
    "decided_at": "When it was decided.",
    "decision": "corrected or dismissed.",
    "file_group": "Files of one kind: their path with * for the parts that change.",
    "who": "Who decided.",
    "why": "Why it was decided so.",
    "file_hash": "Hash of the content that its file had.",
    "accepted": "Records that gave a row, or a version.",
    "changed_ns": "Time of the last change of the file's inode, ns.",
    "content_hash": "Hash of the file's bytes; of a decision, of the record's content.",
    "dataset": "The dataset of the file; `none` where its path names none.",
    "day": "Day of the table's accounts, or of its partition.",
    "duplicates": "Valid records whose key another record stands for.",
    "error": "Why the file could not be read.",
    "ingested_at": "When this version of the file was taken in.",
    "inode": "Inode of the file.",
    "read_by": "Version of what read the file; with the memory, where that did not suffice.",
    "landed_on": "Landing day of the records.",
    "landing_day": "Landing day, from the file's path.",
    "modified_ns": "Time of the last modification of the file, ns.",
    "path": "Path of the file below the landing root.",
    "quarantined": "Records that break a rule.",
    "quarantined_at": "When the record was found to break a rule.",
    "received": "Records received.",
    "record": "The record as received, as JSON text.",
    "refreshed_at": "When the day was built last.",
    "rows": "Records in the file.",
    "rules": "The names of all rules that the record breaks.",
    "size": "Size of the file, bytes.",
    "stale": "Whether an input has moved on since the day was built.",
    "status": "loaded, empty, unreadable or ignored; of a day: provisional or closed.",
    "table": "Full name of the table.",
}


def page(catalog: Catalog) -> str:
    """All tables by domain, the lineage of the products, and what is the same everywhere."""
    return "\n".join(
        [
            "# Data dictionary",
            "",
            "Made from the declarations by `make docs`. Units follow from names: `_s` are seconds,",
            "`_c` °C, `_eur` euros, `_kwh` kWh; a `_quantity` counts pieces.",
            "",
            *_tables(catalog),
            "",
            "## Lineage of the products",
            "",
            *of_products(catalog),
            "",
            "## Columns of every bronze table",
            "",
            *_of_schema(Received.columns()),
            "",
            "## Columns of every silver table made from bronze",
            "",
            "Tables of kind events have `_landed_on` only; `valid_from`, `valid_to` and",
            "`is_current` belong to those of kind history.",
            "",
            *_of_schema(Versioned.columns()),
            "",
            "## Columns of every quarantine",
            "",
            "`<domain>.quarantine.<silver table>` holds what the silver table rejected.",
            "",
            *_own(quarantine_tables.SCHEMA),
            *_lake(),
            "",
        ]
    )


def _tables(catalog: Catalog) -> Iterator[str]:
    yield "| table | kind | owner | a row is |"
    yield "|---|---|---|---|"
    for table in sorted(catalog, key=lambda table: table.name):
        name, anchor = table.name, str(table.name).replace(".", "")
        link = f"[{name}]({name.domain}.md#{anchor})"
        yield f"| {link} | {table.kind} | {table.contract.owner} | {cell(table.title)} |"


def _of_schema(columns: Mapping[str, object]) -> Iterator[str]:
    yield "| column | type | meaning |"
    yield "|---|---|---|"
    for name, column in columns.items():
        kind = type_of(column.dtype)  # type: ignore[attr-defined]
        yield f"| `{name}` | {kind} | {cell(column.description or '')} |"  # type: ignore[attr-defined]


def _lake() -> Iterator[str]:
    for name, (title, schema) in OWN.items():
        yield from ("", f"## {name}", "", title, "", *_own(schema))


def _own(schema: pl.Schema) -> Iterator[str]:
    yield "| column | type | meaning |"
    yield "|---|---|---|"
    for name, dtype in schema.items():
        yield f"| `{name}` | {type_of(dtype)} | {MEANINGS.get(name, '')} |"
