"""What is told beyond the lake (events, logs, alerts, errors) holds no private values."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from mega_toys.declared.table import Table

# What says where something lies and how much of it there is, of a record that is not shown.
_PLACES = frozenset(
    {
        "day", "also_on", "file", "row", "_file", "_row", "_landed_on", "path", "status",
        "landing_day", "rule", "field", "column", "problem", "records", "rows", "first", "last",
        "received", "accepted", "duplicates", "quarantined", "group", "error", "counted", "there",
        "landed", "median", "of_median", "weeks",
    }
)  # fmt: skip
_PRIVATE = frozenset({"confidential", "personal", "sensitive"})
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?|\[[^\]]*\]?")
_NUMBER = re.compile(r"(?<!\w)[+-]?\d{4,}")
_TYPE = re.compile(
    r"(str|string|bool(ean)?|binary|null|date|time|struct|list|enum|cat|object"
    r"|(u?int|[iuf])\d+|float\d+|(datetime|duration|decimal|list|array|struct)\[.*\])",
    re.IGNORECASE,
)
_SIGN = re.compile(r"[^\w\s]")  # that a grammar asks for
_HEADER = "its header"  # what follows may be a record, where a file has none
_SIGNS = re.compile(r"([,;|:\t])")  # that may separate names
_SEPARATED = re.compile(
    r"\. Separated by [^.]{1,40} it would have [0-9]+ (field|column)s?( of it)?$"
)
WAY_OUT = ". To read it, declare `sent_as=SentAs("
_DECLARED = re.compile(re.escape(WAY_OUT) + r"(?:[a-z_]+=(?:'[^']{1,12}'|\{…\})(?:, )?)+\)`$")


def is_private(table: Table) -> bool:
    """Whether records of the table are not for everybody: about people, or confidential."""
    return table.contract.privacy in _PRIVATE or bool(private_columns([table]))


def private_columns(tables: Iterable[Table]) -> set[str]:
    """The names of the columns and fields that are not for everybody in some table."""
    return {
        name
        for table in tables
        for name, column in table.columns.items()
        if (column.metadata or {}).get("privacy") in _PRIVATE
    }


def shown(example: Mapping[str, Any], table: Table, private: Collection[str]) -> dict[str, Any]:
    """Of an example, what may be told: of a private table only where it lies and how much it is."""
    known = {*example} & _PLACES if table.contract.privacy in _PRIVATE else {*example}
    if is_private(table):
        known &= _PLACES | table.columns.keys()
    return {name: value for name, value in example.items() if name in known - {*private}}


def without_values(text: str, names: Collection[str] = ()) -> str:
    """The first line of an error of a library, without the values that it names.

    Quoted names of columns and types stay.
    """
    lines = text.strip().splitlines() or [""]

    def masked(quoted: re.Match[str]) -> str:
        inner = quoted[0][1:-1]
        is_told = inner in names or _TYPE.fullmatch(inner) or _SIGN.fullmatch(inner)
        return quoted[0] if is_told else "…"

    return _NUMBER.sub("…", _QUOTED.sub(masked, lines[0]))


def unreadable(error: str, table: Table) -> str:
    """Why a file cannot be read, as it is kept: of private files without what is in them.

    Of a header, which is a record where a file has none, the names stay that the table knows.
    """
    if not is_private(table):
        return error
    told, _, _ = error.partition(WAY_OUT)
    way_out = _DECLARED.search(error)
    if error.startswith(_HEADER):
        shown = _header(told, table.columns.keys())
    else:
        shown = without_values(told, table.columns.keys())
    return f"{shown}{way_out[0] if way_out else ''}"


def _header(told: str, known: Collection[str]) -> str:
    """What is wrong with a header, with the known ones of its names alone."""
    separated = _SEPARATED.search(told)
    what, _, header = told[: separated.start() if separated else None].partition(": ")
    parts = _SIGNS.split(header.partition("`")[2])
    names = [part.rstrip("`") if part.strip('"` ') in known else "…" for part in parts[::2]]
    if not {*names} - {"…"}:
        return what
    signs = [*parts[1::2], ""]
    shown = "".join(name + sign for name, sign in zip(names, signs, strict=True))
    return f"{what}: `{shown}`{separated[0] if separated else ''}"
