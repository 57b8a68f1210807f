"""Records of JSON: one object a line, or one array of objects."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from mega_toys.ingestion import text
from mega_toys.ingestion.landing import LandingFile
from mega_toys.ingestion.records import Records, UnreadableFileError, of_objects
from mega_toys.lake.texts import BLANKS, DEEPEST, deeper_than

_BLANK_BYTES = BLANKS.encode()
_LONG_DIGITS = re.compile(rb"[0-9]{19}")
_SPACE = re.compile(r"[ \t\r\n]*")
_BATCH = 50_000


class NoRecordError(ValueError):
    """The text is no JSON object."""


def _refuse(constant: str) -> None:
    raise NoRecordError(f"{constant} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def decoded(line: bytes) -> dict[str, Any]:
    """The object that a line holds; NoRecordError where it holds none."""
    if len(line) > text.LONGEST_LINE or deeper_than(line, DEEPEST):
        raise NoRecordError("too long or too deep")
    try:
        found = _exact(line) if _LONG_DIGITS.search(line) else orjson.loads(line)
    except ValueError:
        found = _exact(line)
    if type(found) is not dict:
        raise NoRecordError("not an object")
    return found


def _exact(line: bytes) -> Any:
    """The slower reading, which keeps integers of any length."""
    try:
        found = _DECODER.decode(line.decode())
        json.dumps(found, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError) as error:
        raise NoRecordError(str(error)) from error
    return found


def of_lines(lines: Sequence[bytes], fields: Sequence[str]) -> Records:
    """Records of lines of which none is blank."""
    objects: list[Any] = []
    unreadable: dict[int, str] = {}
    for line in lines:
        try:
            objects.append(decoded(line))
        except NoRecordError:
            unreadable[len(objects)] = line.decode("utf-8", "backslashreplace").strip(BLANKS)
            objects.append(None)
    return of_objects(objects, fields, unreadable)


def ndjson(file: LandingFile, fields: Sequence[str]) -> Iterator[Records]:
    """One record a line that is not blank."""
    for group in text.lines(file):
        if lines := [line for line in group if line.strip(_BLANK_BYTES)]:
            yield of_lines(lines, fields)


def array(file: LandingFile, fields: Sequence[str]) -> Iterator[Records]:
    """The elements of the one array that the file holds."""
    try:
        content = text.whole(file).decode()
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"is not UTF-8: {error}") from error
    objects: list[Any] = []
    unreadable: dict[int, str] = {}
    for element, source in _elements(content):
        if type(element) is not dict:
            unreadable[len(objects)] = source
        objects.append(element)
        if len(objects) == _BATCH:
            yield of_objects(objects, fields, unreadable)
            objects, unreadable = [], {}
    if objects:
        yield of_objects(objects, fields, unreadable)


def _elements(content: str) -> Iterator[tuple[Any, str]]:
    """Each element with its text; one that is too deep or no valid text counts as none."""
    at = _after_space(content, 0)
    if content[at : at + 1] != "[":
        raise UnreadableFileError("is no JSON array")
    at = _after_space(content, at + 1)
    closed = content[at : at + 1] == "]"
    while not closed:
        element, end = _element(content, at)
        source = content[at:end]
        yield (None if _unfit(element, source) else element), source
        at = _after_space(content, end)
        mark = content[at : at + 1]
        if mark not in (",", "]") or not mark:
            raise UnreadableFileError(f"is no JSON array: `,` or `]` is missing at character {at}")
        closed = mark == "]"
        at = at if closed else _after_space(content, at + 1)
    if _after_space(content, at + 1) != len(content):
        raise UnreadableFileError(f"has more after its array, at character {at + 1}")


def _after_space(content: str, at: int) -> int:
    found = _SPACE.match(content, at)
    return found.end() if found else at


def _element(content: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(content, at)
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(f"is no JSON array: {error}") from error


def _unfit(element: Any, source: str) -> bool:
    if "\\ud" in source.lower():
        try:
            _exact(source.encode())
        except NoRecordError:
            return True
    return len(source) > text.LONGEST_LINE or deeper_than(source.encode(), DEEPEST)
