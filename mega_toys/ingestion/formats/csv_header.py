"""The header of a CSV file: the names of its columns, or what is wrong with it."""

import csv
from collections import Counter
from collections.abc import Sequence

from mega_toys.declared.unnamed import WAY_OUT
from mega_toys.declared.words import counted, shortened
from mega_toys.ingestion.formats.csv_rows import RFC_4180, Dialect, Row, foreign_byte, printable
from mega_toys.ingestion.formats.records import UnreadableFileError, refuse_columns
from mega_toys.ingestion.formats.text import WideTextError
from mega_toys.lake.fields.texts import BLANKS

_SHOWN = 120  # characters of a header that are told
SEPARATORS = {",": "`,`", ";": "`;`", "\t": "a tab", "|": "`|`", ":": "`:`"}


def names_of(header: Row, fields: Sequence[str], dialect: Dialect = RFC_4180) -> list[str]:
    """The columns' names.

    Raises UnreadableFileError where the header is no record, names no field or one twice.
    """
    if header.text is not None:
        fault = _fault(header.text, dialect)
        raise UnreadableFileError(_told(fault, header.text, fields, dialect))
    refuse_columns(len(header.fields))
    names = _trimmed(header.fields)
    known = [name for name in names if name in fields]
    if not known:
        whole = dialect.separator.join(header.fields)
        raise UnreadableFileError(_told("has none of the dataset's fields", whole, fields, dialect))
    if twice := sorted(name for name, times in Counter(known).items() if times > 1):
        raise UnreadableFileError(f"its header names {', '.join(twice)} twice")
    return names


def of_wide_text(
    error: WideTextError, fields: Sequence[str], dialect: Dialect, skipped: int
) -> UnreadableFileError:
    """Why a file in UTF-16 or UTF-32 cannot be read, with the header below the skipped lines."""
    lines = error.begins.splitlines()[skipped:]
    if not lines or not lines[0].strip():
        return error
    what = f"is no UTF-8 (it begins like {error.what})"
    return UnreadableFileError(_told(what, lines[0], fields, dialect, error.encoding))


def _trimmed(header: Sequence[str]) -> list[str]:
    return [name.strip(BLANKS) for name in header]


def _fault(raw: str, dialect: Dialect) -> str:
    """What makes a header no record."""
    byte = foreign_byte(raw)
    if byte is not None:
        return f"is no UTF-8 (it has the byte 0x{byte:02x})"
    if dialect.quote and raw.count(dialect.quote) % 2:
        return "has a quote that is never closed"
    return "has more than blanks behind a quoted name, or a carriage return within one"


def _told(
    what: str, header: str, fields: Sequence[str], dialect: Dialect, encoding: str | None = None
) -> str:
    """What is wrong with a header, what it is, and what to declare that it can be read."""
    shown = f"its header {what}: {shortened(printable(header), _SHOWN)}"
    separator, known, columns = likely_separator(header, fields)
    declared = []
    if separator != dialect.separator:
        than = f"Separated by {SEPARATORS[separator]} and not by {_named(dialect.separator)}"
        many = f"{counted(known, 'field')} of it" if known else counted(columns, "column")
        shown = f"{shown}. {than} it would have {many}"
        declared.append(f"separator={separator!r}")
    if encoding or foreign_byte(header) is not None:
        declared.append(f"encoding={encoding or 'cp1252'!r}")
    if not known:
        declared.append("names={…}")
    return f"{shown}{WAY_OUT}{', '.join(declared)})`" if declared else shown


def likely_separator(header: str, fields: Sequence[str] = ()) -> tuple[str, int, int]:
    """The sign by which a header has most known names, else most columns; how many it has."""
    found = []
    for sign in SEPARATORS:
        try:
            names = _trimmed(next(csv.reader([header.rstrip("\r\n")], delimiter=sign), []))
        except csv.Error:
            names = []
        found.append((sum(name in fields for name in names), len(names), sign))
    known, columns, sign = max(found, key=lambda one: one[:2])
    return sign, known, columns


def _named(separator: str) -> str:
    return SEPARATORS.get(separator, f"`{separator}`")
