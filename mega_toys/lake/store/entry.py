"""A file as a place lists it."""

from typing import NamedTuple

Mark = tuple[int, int] | str  # what tells a file from another one of its name: inode or ETag


class Entry(NamedTuple):
    """A file as it is listed: its path below the root, bytes, age and mark."""

    path: str
    size: int
    modified_ns: int
    mark: Mark
