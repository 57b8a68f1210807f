"""Records of JSON lines decoded many at once.

Only what both readings read alike is read so: a line that is no plain object, or looks like one
that needs care, is left to the careful reading.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from mega_toys.lake.fields import together
from mega_toys.lake.fields.texts import DEEPEST


def plain_objects(lines: Sequence[bytes]) -> list[dict[str, Any] | None]:
    """The object of each line that is plain; none where a line needs care."""
    found: list[dict[str, Any] | None] = [None] * len(lines)
    plain = [  # neither long nor deep; written out, since a call for each line would cost as much
        at
        for at, line in enumerate(lines)
        if line[:1] == b"{"
        and line.endswith((b"}", b"}\r"))
        and len(line) <= together.LONGEST
        and line.count(b"{") + line.count(b"[") <= DEEPEST
    ]
    for first in range(0, len(plain), together.AT_ONCE):
        for at, value in _decoded(lines, plain[first : first + together.AT_ONCE]):
            found[at] = value
    return found


def _decoded(lines: Sequence[bytes], places: list[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each place with its object; a line that cannot be read is found by halving."""
    text = together.joined([lines[at] for at in places])
    if together.needs_care(text):
        places = [at for at in places if not together.needs_care(lines[at])]
        text = together.joined([lines[at] for at in places])
    if objects := together.values(text, len(places)):
        yield from zip(places, objects, strict=True)
    elif len(places) > 1:
        middle = len(places) // 2
        yield from _decoded(lines, places[:middle])
        yield from _decoded(lines, places[middle:])
