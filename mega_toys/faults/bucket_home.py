"""A lake of its own in a bucket; a folder holds what its processes need on this machine."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from mega_toys.faults.home import Home
from mega_toys.faults.mirror import Mirror, at_once
from mega_toys.lake.store.place import place_of


@dataclass(frozen=True)
class BucketHome(Home):
    """A home whose lake and landing zone lie below an address of a bucket; all else in `folder`."""

    below: str
    ages: ClassVar[bool] = False  # a bucket sets the times of its objects itself

    @property
    def lake_root(self) -> str:
        """The lake's address."""
        return f"{self.below}/{self.folder.name}"

    @property
    def landing_root(self) -> str:
        """The landing zone's address."""
        return f"{self.below}/landing"

    @cached_property
    def _lake(self) -> Mirror:
        return Mirror(self.lake_root, self.lake)

    @cached_property
    def _zone(self) -> Mirror:
        return Mirror(self.landing_root, self.landing)

    def deliver(self) -> None:
        """Let the landing zone have the files of the folder `landing`, and no others."""
        self._zone.send()

    def collect(self) -> None:
        """Let the folder `landing` have the files of the landing zone, and no others."""
        self._zone.fetch()

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """The lake's objects as files of a folder; what changes there changes in the bucket."""
        self._lake.fetch()
        yield self.lake
        self._lake.send()

    def keep(self) -> None:
        """Remember the lake as it is."""
        self._lake.fetch()

    def put_back(self) -> None:
        """Let the lake be as it was remembered."""
        self._lake.send()

    def copied(self, folder: Path) -> Home:
        """The same lake and events once more, on the same landing zone."""
        home = replace(self, folder=folder)
        home.remove()
        shutil.copytree(self.folder, folder)
        source, target = place_of(self.lake_root), place_of(home.lake_root)

        def copy(path: str) -> None:
            target.put_new({path: source.read(path) or b""})

        at_once(copy, [entry.path for entry in source.below("")])
        return home

    def remove(self) -> None:
        """Remove the lake, and the folder."""
        super().remove()
        place_of(self.below).remove_below(self.folder.name)


def home_at(folder: Path, landing: Path, below: str | None) -> Home:
    """A home in a folder; in a bucket, where an address of one is given."""
    return BucketHome(folder, landing, below) if below else Home(folder, landing)
