"""Records of JSON: one object a line, or a whole file of objects."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import orjson
import polars as pl

from mega_toys.declared.sent_as import BY_DEFAULT, SentAs
from mega_toys.ingestion.formats import text
from mega_toys.ingestion.formats.json_alike import alike
from mega_toys.ingestion.formats.json_file import (
    DECODER,
    NoRecordError,
    elements,
    has_lone_surrogate,
)
from mega_toys.ingestion.formats.json_together import plain_objects
from mega_toys.ingestion.formats.records import Records, of_objects
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.lake.fields.extended_json import record_unwrapped
from mega_toys.lake.fields.texts import BLANKS, DEEPEST, deeper_than, holds_too_many
from mega_toys.lake.fields.together import has_long_digits

_BLANK_BYTES = BLANKS.encode()
_BATCH = 50_000
_BATCH_CHARACTERS = 8 << 20


def decoded(line: bytes) -> dict[str, Any]:
    """The object that a line holds; NoRecordError where it holds none."""
    if len(line) > text.LONGEST_LINE or deeper_than(line, DEEPEST) or holds_too_many(line):
        raise NoRecordError("too long, too deep or too many")
    try:
        found = _exact(line) if has_long_digits(line) else orjson.loads(line)
    except ValueError:
        found = _exact(line)
    if type(found) is not dict:
        raise NoRecordError("not an object")
    return record_unwrapped(found) if b"$" in line else found


def _exact(line: bytes) -> Any:
    """The slower reading, which keeps integers of any length."""
    try:
        found = DECODER.decode(line.decode())
    except (ValueError, RecursionError) as error:
        raise NoRecordError(str(error)) from error
    if has_lone_surrogate(found):
        raise NoRecordError("a lone surrogate is no text")
    return found


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the search for cycles, which would look through millions of objects ever again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def of_lines(lines: Sequence[bytes], fields: Sequence[str]) -> Records:
    """Records of lines of which none is blank."""
    objects, unreadable = objects_of(lines)
    return of_objects(objects, fields, unreadable, sum(map(len, lines)))


def objects_of(lines: Sequence[bytes]) -> tuple[list[Any], dict[int, str]]:
    """The object of each line, and the texts of those that hold none, by their places."""
    unreadable: dict[int, str] = {}
    with uncollected():
        objects: list[Any] = list(plain_objects(lines))
        for at in [at for at, value in enumerate(objects) if value is None]:
            try:
                objects[at] = decoded(lines[at])
            except NoRecordError:
                unreadable[at] = lines[at].decode("utf-8", "backslashreplace").strip(BLANKS)
    return objects, unreadable


def ndjson(
    file: LandingFile, fields: Sequence[str], sent_as: SentAs = BY_DEFAULT
) -> Iterator[Records]:
    """One record a line that is not blank."""
    begun = 0
    for group in text.lines(file, sent_as):
        lines = [line for line in group if line.strip(_BLANK_BYTES)]
        for at in range(0, len(lines), _BATCH):
            part = lines[at : at + _BATCH]
            yield from _of_part(part, fields, begun, sent_as)
            begun += len(part)


def _of_part(
    lines: Sequence[bytes], fields: Sequence[str], begun: int, sent_as: SentAs
) -> Iterator[Records]:
    """The records of some lines, of which the first has a position."""
    if sent_as.records or sent_as.wide:  # which make several records of a line
        yield of_lines(lines, fields)
        return
    found, left = alike(lines, fields)
    for places, records in found:
        yield replace(records, at=places + begun)
    if not found:
        yield of_lines(lines, fields)
    elif left:
        rest = of_lines([lines[place] for place in left], fields)
        yield replace(rest, at=pl.Series(left, dtype=pl.Int64) + begun)


def whole(
    file: LandingFile, fields: Sequence[str], sent_as: SentAs = BY_DEFAULT
) -> Iterator[Records]:
    """The elements of the one array that the file holds, or its one object, or one a line."""
    objects: list[Any] = []
    unreadable: dict[int, str] = {}
    weight = 0
    for element, source in elements(text.blocks(file, sent_as)):
        if type(element) is not dict:
            unreadable[len(objects)] = source
        objects.append(element)
        weight += len(source)
        if len(objects) == _BATCH or weight > _BATCH_CHARACTERS:
            yield of_objects(objects, fields, unreadable, weight)
            objects, unreadable, weight = [], {}, 0
    if objects:
        yield of_objects(objects, fields, unreadable, weight)
