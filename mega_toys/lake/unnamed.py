"""What is told beyond the lake (events, logs, alerts, errors) holds no personal values."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from mega_toys.lake.table import Table

# What says where something lies and how much of it there is, of a record that is not shown.
_PLACES = frozenset(
    {
        "day", "also_on", "file", "row", "_file", "_row", "_landed_on", "path", "status",
        "landing_day", "rule", "field", "column", "problem", "records", "rows", "first", "last",
        "received", "accepted", "duplicates", "quarantined", "group",
    }
)  # fmt: skip
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?|\[[^\]]*\]?")
_NUMBER = re.compile(r"(?<!\w)[+-]?\d{4,}")
_TYPE = re.compile(
    r"(str|string|bool(ean)?|binary|null|date|time|struct|list|enum|cat|object"
    r"|(u?int|[iuf])\d+|float\d+|(datetime|duration|decimal|list|array|struct)\[.*\])",
    re.IGNORECASE,
)
_HEADER = "its header"  # what follows may be a record, where a file has none


def is_personal(table: Table) -> bool:
    """Whether records of the table are about people."""
    return table.contract.privacy == "personal" or bool(personal_columns([table]))


def personal_columns(tables: Iterable[Table]) -> set[str]:
    """The names of the columns and fields that are personal in some table."""
    return {
        name
        for table in tables
        for name, column in table.columns.items()
        if (column.metadata or {}).get("privacy") == "personal"
    }


def shown(example: Mapping[str, Any], table: Table, personal: Collection[str]) -> dict[str, Any]:
    """Of an example, what may be told: of people where it lies, and what is not theirs."""
    known = _PLACES | table.columns.keys() if is_personal(table) else example.keys()
    return {
        name: value for name, value in example.items() if name in known and name not in personal
    }


def without_values(text: str, names: Collection[str] = ()) -> str:
    """The first line of an error of a library, without the values that it names.

    Quoted names of columns and types stay.
    """
    lines = text.strip().splitlines() or [""]

    def masked(quoted: re.Match[str]) -> str:
        inner = quoted[0][1:-1]
        return quoted[0] if inner in names or _TYPE.fullmatch(inner) else "…"

    return _NUMBER.sub("…", _QUOTED.sub(masked, lines[0]))


def unreadable(error: str, table: Table) -> str:
    """Why a file cannot be read, as it is kept: of people's files without what is in them."""
    if not is_personal(table):
        return error
    if error.startswith(_HEADER):
        error = error.partition(": ")[0]
    return without_values(error, table.columns.keys())
