"""The one narrow way to bytes: what lies below a root, in a folder or in a bucket."""

import functools
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from mega_toys.lake.store.entry import Entry
from mega_toys.lake.store.holder import Lock


class Place(Protocol):
    """Bytes below a root, each file named by its path with `/`.

    What is written is whole or not there. PlaceError where the place does not do what it is asked.
    """

    @property
    def root(self) -> str:
        """Its address, as it was given."""

    def __str__(self) -> str:
        """Its address, in full."""

    @property
    def folder(self) -> Path | None:
        """The folder, of a place on a disk."""

    @property
    def storage_options(self) -> dict[str, str] | None:
        """What Delta and Polars have to be told to reach it."""

    @property
    def scratch(self) -> Path:
        """A folder of this machine for what a writer needs while it runs."""

    def look(self, path: str) -> Entry | None:
        """A file as it is now; none where there is none."""

    def below(self, path: str, after: str = "") -> Iterator[Entry]:
        """All files below a path; those that others remove meanwhile may be missing.

        Where `after` is given, only those whose paths come after it in the order of their bytes.
        """

    def folders_at(self, depth: int) -> Iterator[str]:
        """The paths of the folders that lie so many folders deep."""

    def sizes(self, folder: str, paths: list[str]) -> list[int | None]:
        """The sizes of files below a folder; none for each that is not there."""

    def read(self, path: str) -> bytes | None:
        """All bytes of a file; none where there is none."""

    def append(self, path: str, lines: bytes) -> None:
        """Add whole lines to a file, in the place of a last one that was not ended."""

    def put_new(self, contents: Mapping[str, bytes]) -> None:
        """Make files, all or none; FileExistsError where one of that name is there."""

    def put(self, path: str, made: Path) -> None:
        """Let a file of this machine, which goes, be the one of that name."""

    def local(self, path: str) -> Path | None:
        """A file of this machine with the bytes of that file; none where it is not there."""

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""

    def remove_below(self, path: str) -> bool:
        """Remove all below a path; whether there was any."""

    def remove_empty(self, path: str) -> None:
        """Remove the folders on the way to a path in which nothing is left."""

    def lock(self) -> Lock:
        """What the one writer of this place holds."""

    def naming_refusals(self, what: str) -> AbstractContextManager[None]:
        """For whoever reaches it by another library: PlaceError where it refuses."""

    def refuse_unreachable(self) -> None:
        """Raise PlaceError where it is not there."""


@functools.lru_cache(maxsize=256)
def place_of(root: str | Path) -> Place:
    """The place at an address: a folder's path, or `s3://<bucket>/<prefix>`."""
    from mega_toys.lake.store.folder import Folder

    if "://" in str(root):
        from mega_toys.lake.store.bucket import Bucket

        return Bucket(str(root).rstrip("/"))
    return Folder(str(root))
