"""The header and the types of an Avro file, looked at before anything is decoded by them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from mega_toys.ingestion.formats.avro_numbers import whole_number
from mega_toys.ingestion.formats.records import UnreadableFileError, refuse_columns
from mega_toys.lake.fields.texts import DEEPEST, deeper_than

SYNC_BYTES = 16
_MAGIC = b"Obj\x01"
_JSON_LEVELS = 5  # of text for one level of types, at most: record, fields, field, union, type
_TOO_DEEP = f"nests its values more than {DEEPEST} deep"


@dataclass(frozen=True)
class Shape:
    """What a type says of all its values.

    `depth` counts levels of lists and objects, `least` how many values each holds at least. Values
    of an `empty` type take no byte; a list of them can say in a byte that it holds a billion.
    """

    depth: int = 0
    least: int = 1
    empty: bool = False
    lists_of_empty: bool = False


@dataclass(frozen=True)
class Header:
    """What stands before the blocks of an Avro file."""

    codec: str
    schema: Any
    shape: Shape


def read_header(opened: BinaryIO) -> Header:
    """The header; the file is left open at its first block.

    Raises UnreadableFileError where a type contains itself, or values are nested too deep.
    """
    if opened.read(len(_MAGIC)) != _MAGIC:
        raise UnreadableFileError("cannot be read as Avro: it does not begin like an Avro file")
    told = _metadata(opened)
    if len(opened.read(SYNC_BYTES)) < SYNC_BYTES or "avro.schema" not in told:
        raise _torn()
    schema, shape = schema_in(told["avro.schema"])
    codec = told.get("avro.codec", b"null").decode("utf-8", "backslashreplace")
    return Header(codec, schema, shape)


def schema_in(text: bytes) -> tuple[Any, Shape]:
    """A schema and what it says of all its values; UnreadableFileError as of a header."""
    if deeper_than(text, _JSON_LEVELS * DEEPEST):
        raise UnreadableFileError(_TOO_DEEP)
    try:
        schema = json.loads(text)
    except ValueError as error:
        raise UnreadableFileError(f"cannot be read as Avro: its schema: {error}") from error
    try:
        return schema, _Shapes().of(schema, "")
    except RecursionError:
        raise UnreadableFileError(_TOO_DEEP) from None


def _torn() -> UnreadableFileError:
    return UnreadableFileError("cannot be read as Avro: its header is torn")


def _metadata(opened: BinaryIO) -> dict[str, bytes]:
    told: dict[str, bytes] = {}
    while count := whole_number(opened):
        if count < 0:
            whole_number(opened)  # the size of the block
        for _ in range(abs(count)):
            name = _piece(opened).decode("utf-8", "backslashreplace")
            told[name] = _piece(opened)
    return told


def _piece(opened: BinaryIO) -> bytes:
    size = whole_number(opened)
    if size is None or size < 0:
        raise _torn()
    piece = opened.read(size)
    if len(piece) < size:
        raise _torn()
    return piece


class _Shapes:
    """The shapes of the types of one schema; a name has none until its type is closed."""

    def __init__(self) -> None:
        self._named: dict[str, Shape | None] = {}
        self._types = 0

    def of(self, told: Any, space: str) -> Shape:
        """The shape of a type in a namespace; what is no type is left to the decoder to refuse."""
        self._types += 1
        refuse_columns(self._types - 1)  # the record is none
        if isinstance(told, str):
            return self._of_name(told, space)
        if isinstance(told, list):
            return _joined([self.of(branch, space) for branch in told])
        if not isinstance(told, dict):
            return Shape()
        kind = told.get("type")
        if kind in ("array", "map"):
            inside = self.of(told.get("items" if kind == "array" else "values"), space)
            of_empty = inside.lists_of_empty or (kind == "array" and inside.empty)
            return Shape(_deeper(inside), lists_of_empty=of_empty)
        if kind in ("record", "error"):
            return self._of_record(told, _full_name(told, space))
        if kind in ("enum", "fixed"):
            shape = Shape(empty=told.get("size") == 0)
            self._named[_full_name(told, space)] = shape
            return shape
        return self.of(kind, space)

    def _of_name(self, name: str, space: str) -> Shape:
        for full in (f"{space}.{name}", name):
            if full in self._named:
                shape = self._named[full]
                if shape is None:
                    raise UnreadableFileError(f"has a type that contains itself: {name[:100]}")
                return shape
        return Shape(empty=name == "null")

    def _of_record(self, told: Mapping[str, Any], name: str) -> Shape:
        self._named[name] = None
        fields = told.get("fields")
        types = [one.get("type") for one in fields or () if isinstance(one, dict)]
        shapes = [self.of(kind, name.rpartition(".")[0]) for kind in types]
        inside = _joined(shapes)
        self._named[name] = shape = Shape(
            _deeper(inside),
            1 + sum(one.least for one in shapes),
            all(one.empty for one in shapes),
            inside.lists_of_empty,
        )
        return shape


def _joined(shapes: list[Shape]) -> Shape:
    depth = max((one.depth for one in shapes), default=0)
    return Shape(depth, lists_of_empty=any(one.lists_of_empty for one in shapes))


def _deeper(inside: Shape) -> int:
    if inside.depth >= DEEPEST:
        raise UnreadableFileError(_TOO_DEEP)
    return inside.depth + 1


def _full_name(told: Mapping[str, Any], space: str) -> str:
    name, space = str(told.get("name")), str(told.get("namespace") or space)
    return name if "." in name or not space else f"{space}.{name}"
