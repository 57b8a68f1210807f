"""Why something is so, with what did it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """Something that is so, in words, and why."""

    told: str
    because: tuple["Cause", ...] = ()

    def lines(self, depth: int = 0) -> Iterator[str]:
        """The whole as indented text."""
        yield f"{'  ' * depth}{self.told}"
        for one in self.because:
            yield from one.lines(depth + 1)


def once(causes: Iterable[Cause]) -> list[Cause]:
    """The same causes, each with its own causes where it is told first, and later without."""
    told: set[str] = set()
    return [_once(one, told) for one in causes]


def _once(cause: Cause, told: set[str]) -> Cause:
    if cause.because and cause.told in told:
        return Cause(f"{cause.told} (as above)")
    told.add(cause.told)
    return Cause(cause.told, tuple(_once(one, told) for one in cause.because))
