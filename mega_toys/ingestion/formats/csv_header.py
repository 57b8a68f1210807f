"""The header of a CSV file: the names of its columns, or what is wrong with it."""

from collections import Counter
from collections.abc import Sequence

from mega_toys.declared.words import counted, shortened
from mega_toys.ingestion.formats.csv_rows import Row, foreign_byte, printable
from mega_toys.ingestion.formats.records import UnreadableFileError, refuse_columns
from mega_toys.lake.fields.texts import BLANKS

_SHOWN = 120  # characters of a header that are told
_SEPARATORS = {";": "`;`", "\t": "a tab", "|": "`|`", ":": "`:`"}


def names_of(header: Row, fields: Sequence[str]) -> list[str]:
    """The columns' names.

    Raises UnreadableFileError where the header is no record, names no field or one twice.
    """
    if header.text is not None:
        shown = shortened(printable(header.text), _SHOWN)
        raise UnreadableFileError(f"its header {_fault(header.text)}: {shown}")
    refuse_columns(len(header.fields))
    names = _trimmed(header.fields)
    known = [name for name in names if name in fields]
    if not known:
        raise UnreadableFileError(_without_fields(printable(",".join(header.fields)), fields))
    if twice := sorted(name for name, times in Counter(known).items() if times > 1):
        raise UnreadableFileError(f"its header names {', '.join(twice)} twice")
    return names


def _trimmed(header: Sequence[str]) -> list[str]:
    return [name.strip(BLANKS) for name in header]


def _fault(raw: str) -> str:
    """What makes a header no record."""
    byte = foreign_byte(raw)
    if byte is not None:
        return f"is no UTF-8 (it has the byte 0x{byte:02x})"
    if raw.count('"') % 2:
        return "has a quote that is never closed"
    return "has more than blanks behind a quoted name, or a carriage return within one"


def _without_fields(header: str, fields: Sequence[str]) -> str:
    """What a header without a known name holds, and by which separator it would have some."""
    told = f"its header has none of the dataset's fields: {shortened(header, _SHOWN)}"
    known = {
        mark: sum(name in fields for name in _trimmed(header.split(mark))) for mark in _SEPARATORS
    }
    best = max(known, key=lambda mark: known[mark])
    if not known[best]:
        return told
    many = counted(known[best], "field")
    return f"{told}. Separated by {_SEPARATORS[best]} and not by `,` it would have {many} of it"
