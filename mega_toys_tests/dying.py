"""A store whose process ends in the middle of its writes, as far as a test can have it."""

from dataclasses import dataclass
from typing import Any

from mega_toys.lake.store import Store, Stored


class DiedError(Exception):
    """The end of the process."""


@dataclass(frozen=True)
class Dying(Store):
    """A store that dies before it commits to a table, right after that, or after a mark."""

    before: str = ""
    after: str = ""

    def _sink(self, stored: Stored, *args: Any, **kwargs: Any) -> None:
        if stored.name == self.before:
            raise DiedError
        super()._sink(stored, *args, **kwargs)
        if stored.name == self.after:
            raise DiedError

    def mark(self, name: object, note: Any) -> None:
        super().mark(name, note)
        if self.after == f"mark of {name}":
            raise DiedError
