"""The landing zone, listed once: what one look at it, or one refresh, goes by."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from mega_toys.ingestion import landing
from mega_toys.ingestion.landing_file import LandingFile
from mega_toys.lake.store.place import Place, place_of


@dataclass(frozen=True)
class Listing:
    """The files of a landing zone; each of its folders is listed when it is first asked for.

    Of a bucket, where `since` is given, those alone that landed on that day or later, or on none.
    """

    root: Place
    since: dt.date | None = None
    _below: dict[str, list[LandingFile]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of_nothing(cls) -> Self:
        """A landing zone without files: for whom only tables that are not bronze matter."""
        return cls(place_of("."), None, {"": []})

    def whole(self) -> "Listing":
        """The listing of all landing days."""
        return Listing(self.root) if self.since else self

    def every(self) -> Sequence[LandingFile]:
        """Every file that is complete, in the order of its path."""
        return self._files("")

    def of(self, dataset: str) -> Sequence[LandingFile]:
        """The files below the folder of a dataset, `<domain>.<dataset>`."""
        below = dataset.replace(".", "/")
        if below not in self._below and "" in self._below:
            self._below.update(_by_folder(self._below[""]))
            self._below.setdefault(below, [])
        return self._files(below)

    def _files(self, below: str) -> list[LandingFile]:
        if below not in self._below:
            self._below[below] = list(landing.files(self.root, below, self.since))
        return self._below[below]


def _by_folder(files: Sequence[LandingFile]) -> dict[str, list[LandingFile]]:
    """The files by the first two parts of their paths."""
    found: dict[str, list[LandingFile]] = {}
    for file in files:
        found.setdefault("/".join(file.path.split("/", 2)[:2]), []).append(file)
    return found
