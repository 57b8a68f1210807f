"""The footer of a Parquet file, looked at before a library decodes by it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mega_toys.ingestion.formats.records import UnreadableFileError, refuse_columns
from mega_toys.ingestion.formats.thrift import INTS, LIST, STRUCT, Compact
from mega_toys.lake.fields.texts import DEEPEST

_MAGIC = b"PAR1"
_TAIL_BYTES = 8
_SCHEMA, _ROWS, _ROW_GROUPS = 2, 3, 4  # numbers of the fields of the footer
_REPETITION, _CHILDREN = 3, 5  # of an element of the schema
_COLUMNS, _ROWS_OF_GROUP = 1, 3
_META_DATA = 3  # of a column of a row group
_VALUES, _UNCOMPRESSED = 5, 6  # of its meta data
_REPEATED = 2


@dataclass
class Footer:
    """What a footer says: rows, and of each column its values and its bytes once unpacked."""

    rows: int = 0
    values: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)


def read_footer(location: Path) -> Footer:
    """What the footer says of the whole file.

    Raises UnreadableFileError where it is torn, contradicts itself or nests values too deep.
    """
    try:
        return _read(Compact(bytes_of_footer(location)))
    except (IndexError, ValueError) as error:
        raise UnreadableFileError("cannot be read as Parquet: its footer is torn") from error


def bytes_of_footer(location: Path) -> bytes:
    """The footer without its length and what marks the end of the file."""
    with location.open("rb") as opened:
        size = opened.seek(0, os.SEEK_END)
        opened.seek(max(size - _TAIL_BYTES, 0))
        tail = opened.read()
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != _MAGIC or length > size - _TAIL_BYTES:
            raise UnreadableFileError("cannot be read as Parquet: it does not end in a footer")
        opened.seek(size - _TAIL_BYTES - length)
        return opened.read(length)


def _read(content: Compact) -> Footer:
    footer, rows_of_groups, has_schema = Footer(), 0, False
    for number, kind in content.fields():
        if number == _SCHEMA and kind == LIST:
            _refuse_deep(_elements(content))
            has_schema = True
        elif number == _ROWS and kind in INTS:
            footer.rows = content.whole_number()
        elif number == _ROW_GROUPS and kind == LIST:
            rows_of_groups = sum(_add_group(content, footer) for _ in _structs(content))
        else:
            content.skip(kind)
    if not has_schema:
        raise ValueError("no schema")
    if footer.rows != rows_of_groups:
        raise UnreadableFileError(
            f"contradicts itself: its footer tells {footer.rows} rows, "
            f"its row groups {rows_of_groups}"
        )
    return footer


def _structs(content: Compact) -> Iterator[None]:
    """Each struct of a list, to be read."""
    size, kind = content.list_begin()
    if size and kind != STRUCT:
        raise ValueError("no structs")
    for _ in range(size):
        yield


def _elements(content: Compact) -> Iterator[tuple[int, bool]]:
    """The root, the groups and the columns, depth first: how many children, whether repeated."""
    for many, _ in enumerate(_structs(content)):
        refuse_columns(many)
        told = _numbers(content, _CHILDREN, _REPETITION)
        yield told[_CHILDREN], told[_REPETITION] == _REPEATED


def _numbers(content: Compact, *wanted: int) -> dict[int, int]:
    """The whole numbers that some fields of a struct hold."""
    told = dict.fromkeys(wanted, 0)
    for number, kind in content.fields():
        if number in told and kind in INTS:
            told[number] = content.whole_number()
        else:
            content.skip(kind)
    return told


def _refuse_deep(elements: Iterator[tuple[int, bool]]) -> None:
    """A list is a group and in it a repeated one, which are one level; the root is none."""
    left, levels = [1], [-1]  # children to come, and levels, of each group that is open
    for children, repeated in elements:
        while left and left[-1] <= 0:
            left.pop()
            levels.pop()
        if not left:
            raise ValueError("more elements than children")
        left[-1] -= 1
        if children > 0:
            left.append(children)
            levels.append(levels[-1] + (not repeated))
        if max(levels[-1], (len(levels) - 1) // 2) > DEEPEST:
            raise UnreadableFileError(f"nests its values more than {DEEPEST} deep")


def _add_group(content: Compact, footer: Footer) -> int:
    """Count what a row group holds; how many rows it has."""
    rows = 0
    for number, kind in content.fields():
        if number == _COLUMNS and kind == LIST:
            for place, _ in enumerate(_structs(content)):
                _add_column(content, place, footer)
        elif number == _ROWS_OF_GROUP and kind in INTS:
            rows = content.whole_number()
        else:
            content.skip(kind)
    return rows


def _add_column(content: Compact, place: int, footer: Footer) -> None:
    if place == len(footer.values):
        footer.values.append(0)
        footer.sizes.append(0)
    for number, kind in content.fields():
        if number == _META_DATA and kind == STRUCT:
            told = _numbers(content, _VALUES, _UNCOMPRESSED)
            footer.values[place] += told[_VALUES]
            footer.sizes[place] += told[_UNCOMPRESSED]
        else:
            content.skip(kind)
