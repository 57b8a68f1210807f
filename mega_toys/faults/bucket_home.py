"""A lake of its own in a bucket; a folder holds what its processes need on this machine."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from mega_toys.faults.home import Home
from mega_toys.lake.store.place import place_of

_AT_ONCE = 16  # objects


@dataclass(frozen=True)
class BucketHome(Home):
    """A home whose lake and landing zone lie below an address of a bucket; all else in `folder`."""

    below: str

    @property
    def lake_root(self) -> str:
        """The lake's address."""
        return f"{self.below}/{self.folder.name}"

    @property
    def landing_root(self) -> str:
        """The landing zone's address."""
        return f"{self.below}/landing"

    def deliver(self) -> None:
        """Let the landing zone have the files of the folder `landing`, and no others."""
        zone, wanted = place_of(self.landing_root), dict(_files(self.landing))
        for entry in list(zone.below("")):
            if wanted.get(entry.path) == zone.read(entry.path):
                del wanted[entry.path]
            else:
                zone.remove(entry.path)
        zone.put_new(wanted)

    def copied(self, folder: Path) -> Home:
        """The same lake and events once more, on the same landing zone."""
        home = replace(self, folder=folder)
        home.remove()
        shutil.copytree(self.folder, folder)
        source, target = place_of(self.lake_root), place_of(home.lake_root)

        def copy(path: str) -> None:
            target.put_new({path: source.read(path) or b""})

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(copy, [entry.path for entry in source.below("")]))
        return home

    def remove(self) -> None:
        """Remove the lake, and the folder."""
        super().remove()
        place_of(self.below).remove_below(self.folder.name)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()
