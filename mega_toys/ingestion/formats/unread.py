"""Why a record could not be read: the fault of its text, looked for when somebody asks."""

import csv
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mega_toys.declared.sent_as import BY_DEFAULT, Declared, SentAs
from mega_toys.declared.words import counted
from mega_toys.ingestion.formats.csv_escapes import fields_of, rows_of
from mega_toys.ingestion.formats.csv_rows import Dialect, Lines, Quotes, dialect_of
from mega_toys.ingestion.formats.json_file import (
    DECODER,
    NoRecordError,
    has_lone_surrogate,
    syntax_error,
)
from mega_toys.ingestion.formats.records import UnreadableFileError
from mega_toys.ingestion.formats.text import KEPT, LONGEST_LINE
from mega_toys.ingestion.landing import files
from mega_toys.ingestion.landing_bucket import at_hand
from mega_toys.ingestion.landing_file import sent_as_of
from mega_toys.lake.fields.texts import BLANKS, DEEPEST, deeper_than, holds_too_many
from mega_toys.lake.store.place import Place

_CSV = re.compile(r"\.csv(?:\.gz|\.zst)?$", re.IGNORECASE)
_FOREIGN_BYTE = re.compile(r"\\x([89a-f][0-9a-f])")  # as the text of an unreadable record shows it
_CONSTANT = re.compile(r'"(?:[^"\\]++|\\.)*+"|(?P<constant>NaN|-?Infinity)', re.DOTALL)


class Unread:
    """The faults of unreadable records; headers are read below a landing root, each once.

    `declared` says how the files of their dataset are sent.
    """

    def __init__(self, root: Place, declared: Declared = BY_DEFAULT) -> None:
        self._root, self._declared = root, declared
        self._widths: dict[str, int | None] = {}

    def sent_as(self, path: str) -> SentAs:
        """How a file is sent."""
        return sent_as_of(path, self._declared)

    def why(self, text: str, path: str) -> str:
        """What is wrong with the text of a record, whose file's path is given; a sentence."""
        if len(text) in (KEPT, KEPT - 1):
            return f"It is longer than {LONGEST_LINE >> 20} MiB."
        faults = self._csv_faults(text, path) if _CSV.search(path) else _json_faults(text)
        return next(faults, "")

    def _csv_faults(self, text: str, path: str) -> Iterator[str]:
        sent_as = self.sent_as(path)
        dialect = dialect_of(sent_as)
        if byte := _FOREIGN_BYTE.search(text):
            yield _foreign(byte, sent_as)
        quotes = Quotes(dialect)
        for line in text.split("\n"):
            quotes.pass_line(line)
        if not quotes.sound:
            yield "More than blanks follow a quoted field."
        if quotes.open:
            yield "A quoted field is never closed on its line."
        try:
            many = _width_of(text, dialect)
        except csv.Error:
            yield "A carriage return stands within a field that is not quoted."
            return
        wanted = self._width(path)
        if wanted is None or many != wanted:
            than = f"its header {wanted}" if wanted else "another number than its header"
            yield f"It has {counted(many, 'field')}, {than}."
        yield "It belongs to a record whose quotes are not well formed."

    def _width(self, path: str) -> int | None:
        """How many columns the header of a file has; none where it cannot be read now."""
        if path not in self._widths:
            self._widths[path] = _width(self._root, path, self.sent_as(path))
        return self._widths[path]


def _width_of(text: str, dialect: Dialect) -> int:
    """How many fields a line has; csv.Error where it is none."""
    if dialect.escape:
        return len(fields_of(text, dialect) or [])
    return len(next(csv.reader([text], **dialect.of_reader), []))


def _width(root: Place, path: str, sent_as: SentAs) -> int | None:
    if sent_as.header:
        return len(sent_as.header)
    folder = path.rpartition("/")[0]
    try:
        file = next((file for file in files(root, folder) if file.path == path), None)
        opens = file and not file.why_not_opened
        with tempfile.TemporaryDirectory() as copies:
            near = at_hand([file], Path(copies)) if file and opens else []
            header = next((next(rows_of(Lines(one, sent_as)), None) for one in near), None)
    except (OSError, UnreadableFileError):
        return None
    return len(header.fields) if header else None


def _foreign(byte: re.Match[str], sent_as: SentAs = BY_DEFAULT) -> str:
    place = byte.start() + 1
    none = "no UTF-8" if sent_as.is_utf8 else f"none of {sent_as.encoding}"
    return f"The byte 0x{byte[1]} at character {place:,} is {none}."


def _json_faults(text: str) -> Iterator[str]:
    """What makes a text no record of JSON."""
    raw = text.encode()
    if deeper_than(raw, DEEPEST):
        yield f"It is nested more than {DEEPEST} deep."
    elif holds_too_many(raw):
        yield "It has more lists and objects than a record may have."
    else:
        yield from _decoding_faults(text)


def _decoding_faults(text: str) -> Iterator[str]:
    try:
        value = DECODER.decode(text)
    except NoRecordError as error:
        yield f"{error}: it stands at character {_constant(text) + 1:,}."
    except json.JSONDecodeError as error:
        if byte := _FOREIGN_BYTE.search(text):
            yield _foreign(byte)
        yield _syntax(text, error)
    except RecursionError:
        yield f"It is nested more than {DEEPEST} deep."
    else:
        yield from _no_object(value)


def _syntax(text: str, error: json.JSONDecodeError) -> str:
    """The place of what is no JSON, and the commas that make it so."""
    fault, at = syntax_error(error)
    before = text[:at].rstrip(BLANKS)
    if before.endswith(","):
        return f"No value follows the comma at character {len(before):,}."
    if fault == "Extra data":
        what = "A comma follows" if text[at] == "," else "More follows"
        return f"{what} the {_kind(text[0])} that ends at character {len(before):,}."
    return f"{fault} at character {at + 1:,}."


def _kind(begins: str) -> str:
    return {"{": "object", "[": "array"}.get(begins, "value")


def _no_object(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield "It is an array in one line: an array of records is read from a `.json` file."
    elif not isinstance(value, dict):
        yield "It is a single value, not an object."
    elif has_lone_surrogate(value):
        yield "A text in it has half of a pair of surrogates, which is no character."


def _constant(text: str) -> int:
    """Where NaN or an infinity stands outside of texts."""
    places = (match.start() for match in _CONSTANT.finditer(text) if match["constant"])
    return next(places, 0)
