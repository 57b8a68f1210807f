"""A Parquet file's own types, where Polars would go by others that its writer embedded.

Polars trusts the Arrow schema in the footer, and fails on some of its types; it has none for an
interval, reads a UUID as bytes, holds an INT96 in nanoseconds, and refuses columns of one name.
"""

import io
import re
import shutil
import struct
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import IO

import polars as pl

from mega_toys.ingestion.formats.parquet_footer import bytes_of_footer
from mega_toys.ingestion.formats.parquet_values import PLAIN, Leaf, Leaves, as_meant
from mega_toys.ingestion.formats.thrift import BINARY, INTS, LIST, STRUCT, Compact

_SCHEMA = 2  # numbers of the fields of the footer, and of an element of its schema
_TYPE, _NAME, _CHILDREN, _CONVERTED, _SCALE, _PRECISION, _LOGICAL = 1, 4, 5, 6, 7, 8, 10
_INT96, _UUID = 3, 14
_LAST_LOGICAL = 15  # of the types that Polars knows
_INTERVAL = 21
_MOST_DIGITS = 38
_UNKNOWN_FIELD = 0xF0  # of a head: fifteen after the field before, which no element has
_ARROW, _NO_ARROW = b"ARROW:schema", b"ARROW:SCHEMA"
_MAGIC = b"PAR1"
_ZONE_OR_UNIT = re.compile(r"time_(?:unit|zone)='[^']*'")
_TEXTS = re.compile(r"Categorical(?:\([^)]*\))?|Enum\([^)]*\)")


@dataclass
class OwnTypes:
    """The columns with types that Polars lacks, and what to change in the footer to read them."""

    leaves: dict[str, list[Leaf]] = field(default_factory=dict)  # of all columns, depth first
    changes: dict[int, bytes] = field(default_factory=dict)  # by their place in the footer
    again: dict[str, str] = field(default_factory=dict)  # names of columns, by those they get

    def values(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows, with what was meant by the types that Polars lacks."""
        return as_meant(frame, self._lacked)

    @cached_property
    def _lacked(self) -> Leaves:
        named = self.leaves.items()
        return {name: found for name, found in named if any(one.kind for one in found)}


def own_types(location: Path) -> OwnTypes:
    """What the footer says of the types of the file's columns."""
    content, found = Compact(bytes_of_footer(location)), OwnTypes()
    for number, kind in content.fields():
        if number == _SCHEMA and kind == LIST:
            _add_elements(content, found)
            break
        content.skip(kind)
    return found


def _add_elements(content: Compact, found: OwnTypes) -> None:
    """Go through the schema, depth first; its root is no column."""
    many, _ = content.list_begin()
    elements = [_element(content) for _ in range(many)][1:]
    free = _free_names({element.name for element in elements})
    within, top = 0, ""  # elements to come that are not on top; the column that they are of
    for element in elements:
        if not within:
            top = element.name
            if top in found.leaves and (other := next(free(len(element.raw_name)), None)):
                found.changes[element.name_at] = other.encode()
                found.again[other], top = top, other
        within = max(within - 1, 0) + element.children
        found.changes |= element.changes
        if not element.children:
            found.leaves.setdefault(top, []).append(element.leaf)


def _free_names(taken: Collection[str]) -> Callable[[int], Iterator[str]]:
    """By a length in bytes names that no column has, each of which is given once."""

    @cache
    def free(long: int) -> Iterator[str]:
        names = (f"{number:0{long}x}" for number in range(16**long if long else 0))
        return (name for name in names if name not in taken)

    return free


@dataclass
class _Element:
    """A group or a column of the schema: its numbers, and where in the footer fields begin."""

    numbers: dict[int, int] = field(default_factory=dict)
    heads: dict[int, tuple[int, int]] = field(default_factory=dict)  # place and type
    raw_name: bytes = b""
    name_at: int = 0
    logical: int = 0

    @property
    def name(self) -> str:
        return self.raw_name.decode("utf-8", "replace")

    @property
    def children(self) -> int:
        return max(self.numbers.get(_CHILDREN, 0), 0)

    @property
    def leaf(self) -> Leaf:
        converted = self.numbers.get(_CONVERTED)
        if self.logical == _UUID:
            return Leaf("uuid")
        if converted == _INTERVAL:
            return Leaf("interval")
        if self.numbers.get(_TYPE) == _INT96:
            return Leaf("int96")
        is_long = self.numbers.get(_PRECISION, 0) > _MOST_DIGITS
        return Leaf("decimal", self.numbers.get(_SCALE, 0)) if is_long else PLAIN

    @property
    def changes(self) -> dict[int, bytes]:
        """What hides a type on which Polars fails, so that it reads bytes.

        The number of a field is told by its distance to the one before: with the first that says
        more than the bytes' type, all after it are fields that no reader knows.
        """
        if self.leaf.kind in ("interval", "decimal"):
            first = min(number for number in self.heads if number >= _CONVERTED)
        elif self.logical > _LAST_LOGICAL:
            first = _LOGICAL
        else:
            return {}
        place, kind = self.heads[first]
        return {place: bytes([_UNKNOWN_FIELD | kind])}


def _element(content: Compact) -> _Element:
    found = _Element()
    for number, kind in content.fields():
        found.heads[number] = content.at - 1, kind
        if kind in INTS:
            found.numbers[number] = content.whole_number()
        elif number == _NAME and kind == BINARY:
            found.raw_name = content.binary()
            found.name_at = content.at - len(found.raw_name)
        elif number == _LOGICAL and kind == STRUCT:
            for logical, inside in content.fields():
                found.logical = logical
                content.skip(inside)
        else:
            content.skip(kind)
    return found


@contextmanager
def readable(location: Path, types: OwnTypes) -> Iterator[Path]:
    """The file, or a copy without what Polars would misread by."""
    footer = bytes_of_footer(location)
    changes = dict(types.changes)
    arrow = footer.rfind(_ARROW)
    if arrow >= 0 and (changes or _says_otherwise(location, footer, arrow)):
        changes[arrow] = _NO_ARROW
    if not changes:
        yield location
        return
    with tempfile.NamedTemporaryFile(suffix=".parquet") as copy:
        _copy(location, len(footer), changes, copy)
        yield Path(copy.name)


def _copy(location: Path, footer: int, changes: dict[int, bytes], copy: IO[bytes]) -> None:
    with location.open("rb") as opened:
        shutil.copyfileobj(opened, copy, 1 << 20)
    begun = copy.tell() - len(_MAGIC) - 4 - footer
    for place, changed in changes.items():
        copy.seek(begun + place)
        copy.write(changed)
    copy.flush()


def _says_otherwise(location: Path, footer: bytes, arrow: int) -> bool:
    """Whether the embedded Arrow schema names other types than Parquet, or none that Polars has."""
    own = footer[:arrow] + _NO_ARROW + footer[arrow + len(_ARROW) :]
    bare = _MAGIC + own + struct.pack("<I", len(own)) + _MAGIC
    try:
        embedded = pl.scan_parquet(location, glob=False, hive_partitioning=False).collect_schema()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return True
    return _shapes(embedded) != _shapes(pl.read_parquet_schema(io.BytesIO(bare)))


def _shapes(schema: dict[str, pl.DataType]) -> list[tuple[str, str]]:
    """The types by name, without what gives the same values."""
    plain = ((name, _ZONE_OR_UNIT.sub("", str(dtype))) for name, dtype in schema.items())
    return [(name, _TEXTS.sub("String", dtype)) for name, dtype in plain]
