"""The whole numbers of Avro."""

from typing import BinaryIO


def whole_number(opened: BinaryIO) -> int | None:
    """A zigzag number of variable length; none at the end of the file."""
    number = shift = 0
    while byte := opened.read(1):
        number |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80 or shift > 63:
            return (number >> 1) ^ -(number & 1)
    return None
