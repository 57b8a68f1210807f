"""Processes that end in the middle of their writes, as far as a test can have it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

from mega_toys.lake.store import step
from mega_toys.lake.store.store import Store
from mega_toys.lake.store.tables import Stored


class DiedError(BaseException):
    """The end of the process, which no handler of errors may take for an error."""


@contextmanager
def ending_at(name: str) -> Iterator[None]:
    """Whatever is done in this context ends silently at a step, `name` or `name:nth`."""

    def die() -> NoReturn:
        raise DiedError

    step.arm(name, None, die)
    try:
        yield
    except DiedError:
        pass
    finally:
        step.arm(None, None)


@dataclass(frozen=True)
class Dying(Store):
    """A store that dies before it commits to a table, right after that, or after a mark."""

    before: str = ""
    after: str = ""

    def _write(self, stored: Stored, *args: Any, **kwargs: Any) -> None:
        if stored.name == self.before:
            raise DiedError
        super()._write(stored, *args, **kwargs)
        if stored.name == self.after:
            raise DiedError

    def mark(self, name: object, note: Any) -> None:
        super().mark(name, note)
        if self.after == f"mark of {name}":
            raise DiedError
