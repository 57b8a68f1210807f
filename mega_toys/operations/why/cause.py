"""Why something is so, with what did it."""

from collections.abc import Iterator
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
