"""Who holds a lake, and what it holds: the lock of the one writer."""

from dataclasses import dataclass
from typing import Protocol

STUCK_AFTER_S = 1800.0  # steps are seconds apart, since what is done at once is bounded


@dataclass(frozen=True)
class Holder:
    """The process that holds a lake, and for how long it has passed no step."""

    process: int
    quiet_s: float
    machine: str = ""  # where it is not the one that asks

    @property
    def is_stuck(self) -> bool:
        """Whether somebody should look at it."""
        return self.quiet_s > STUCK_AFTER_S

    def __str__(self) -> str:
        quiet = f"{self.quiet_s / 60:.0f} min" if self.quiet_s >= 60 else f"{self.quiet_s:.0f} s"
        at = f" on {self.machine}" if self.machine else ""
        said = f"process {self.process}{at} holds the lake, its last step was {quiet} ago"
        if not self.is_stuck:
            return said
        return f"{said}: it is stuck; end it, and the next refresh ends what it began"


class Lock(Protocol):
    """What one writer at a time holds: this process, for any of its threads."""

    def acquire(self, wait_s: float) -> bool:
        """Hold it, once more where this process does; whether that was possible in time."""

    def release(self) -> None:
        """Hold it no longer, once it is released as often as it was acquired."""

    def beat(self) -> None:
        """Let others see that the process goes on."""

    def check(self) -> None:
        """Raise LeaseLostError where it is not held any more, though it was not released."""

    @property
    def term(self) -> int:
        """What others look at again before they take over; 0 where a look costs next to nothing."""

    def holder(self, *, is_ours: bool) -> Holder | None:
        """Who holds it now; `is_ours` where this process does."""
