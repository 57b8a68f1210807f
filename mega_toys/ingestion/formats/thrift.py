"""Thrift's compact protocol, as far as the footer of a Parquet file needs it."""

from collections.abc import Iterator

from mega_toys.ingestion.formats.records import UnreadableFileError

INTS = (4, 5, 6)
BINARY, LIST, STRUCT = 8, 9, 12
_TRUE, _FALSE, _BYTE, _DOUBLE, _SET, _MAP = 1, 2, 3, 7, 10, 11
_DEEPEST = 32  # the structs of Parquet go half a dozen deep
_MOST_PARTS = 3_000_000  # some 25 for each column of a row group


class Compact:
    """A reading position in bytes; IndexError or ValueError where they are not of the protocol."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at, self._parts = content, 0, 0

    def fields(self) -> Iterator[tuple[int, int]]:
        """Number and type of each field of a struct; who is given one reads or skips its value."""
        number = 0
        while head := self._byte():
            self._count()
            number = number + (head >> 4) if head >> 4 else self.whole_number()
            yield number, head & 0x0F

    def whole_number(self) -> int:
        """A zigzag number."""
        number = self._unsigned()
        return (number >> 1) ^ -(number & 1)

    @property
    def at(self) -> int:
        """Where in the bytes the reading is."""
        return self._at

    def binary(self) -> bytes:
        """Bytes that say their length before them."""
        begun = self._unsigned()
        self._pass(begun)
        return self._content[self._at - begun : self._at]

    def list_begin(self) -> tuple[int, int]:
        """How many elements a list has, and their type."""
        head = self._byte()
        size = head >> 4
        return (self._unsigned() if size == 0x0F else size), head & 0x0F

    def skip(self, kind: int, within: int = 0) -> None:
        """Go over a value."""
        if within > _DEEPEST:
            raise ValueError("nested too deep")
        if kind == STRUCT:
            for _, inside in self.fields():
                self.skip(inside, within + 1)
        elif kind in (LIST, _SET):
            size, inside = self.list_begin()
            for _ in range(size):
                self._count()
                self.skip(_BYTE if inside in (_TRUE, _FALSE) else inside, within + 1)
        elif kind == _MAP:
            self._skip_map(within)
        elif kind in INTS:
            self._unsigned()
        elif kind not in (_TRUE, _FALSE):  # these are in the head of their field
            self._pass(_size_of(kind) or self._unsigned())

    def _skip_map(self, within: int) -> None:
        size = self._unsigned()
        kinds = self._byte() if size else 0
        for _ in range(size):
            self._count()
            for inside in (kinds >> 4, kinds & 0x0F):
                self.skip(_BYTE if inside in (_TRUE, _FALSE) else inside, within + 1)

    def _count(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise UnreadableFileError(f"has a footer of more than {_MOST_PARTS:,} parts")

    def _pass(self, many: int) -> None:
        self._at += many
        if self._at > len(self._content):
            raise IndexError("ends within a value")

    def _byte(self) -> int:
        self._at += 1
        return self._content[self._at - 1]

    def _unsigned(self) -> int:
        number = shift = 0
        while shift < 70:
            byte = self._byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7
        raise ValueError("a number without end")


def _size_of(kind: int) -> int:
    """Bytes of a value of a fixed size; 0 where they say their length before them."""
    if kind not in (_BYTE, _DOUBLE, BINARY):
        raise ValueError(f"no type {kind}")
    return {_BYTE: 1, _DOUBLE: 8}.get(kind, 0)
