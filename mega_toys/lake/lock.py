"""One writer per lake: a file lock that the kernel frees when its process ends."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from mega_toys.lake.errors import LakeBusyError
from mega_toys.lake.step import pulse

PATIENCE_S = 3600.0
STUCK_AFTER_S = 1800.0  # steps are seconds apart, since what is done at once is bounded
_TELL_EVERY_S = 10.0
_HOLDER = ".writer.pid"  # whose process holds the lake; touched at every step it passes


@dataclass(frozen=True)
class Holder:
    """The process that holds a lake, and for how long it has passed no step."""

    process: int
    quiet_s: float

    @property
    def is_stuck(self) -> bool:
        """Whether somebody should look at it."""
        return self.quiet_s > STUCK_AFTER_S

    def __str__(self) -> str:
        quiet = f"{self.quiet_s / 60:.0f} min" if self.quiet_s >= 60 else f"{self.quiet_s:.0f} s"
        said = f"process {self.process} holds the lake, its last step was {quiet} ago"
        if not self.is_stuck:
            return said
        return f"{said}: it is stuck; end it, and the next refresh ends what it began"


def holder(lake_root: str) -> Holder | None:
    """The other process that holds the lake now, if one does."""
    told = Path(lake_root, _HOLDER)
    try:
        process, touched = int(told.read_text()), told.stat().st_mtime
        with _lock(lake_root).acquire(timeout=0):
            return None
    except Timeout:
        return Holder(process, max(0.0, time.time() - touched))
    except (OSError, ValueError):  # nobody held it yet, or its holder is about to tell who it is
        return None


@contextmanager
def only_writer(
    lake_root: str, say: Callable[[str], None], patience_s: float = PATIENCE_S
) -> Iterator[None]:
    """Hold the lake; wait for another writer, and say so. It can be entered again inside itself."""
    Path(lake_root).mkdir(parents=True, exist_ok=True)
    lock = _lock(lake_root)
    started, wait_s = time.monotonic(), 0.0
    while True:
        try:
            lock.acquire(timeout=wait_s)
            break
        except Timeout:
            waited = time.monotonic() - started
            if waited >= patience_s:
                raise LakeBusyError(lake_root, waited) from None
            who = holder(lake_root) or "another process holds the lake"
            say(f"{who}; waiting ({waited:.0f} s)")
            wait_s = min(_TELL_EVERY_S, patience_s - waited)
    try:
        if lock.lock_counter == 1:
            _tell_who(Path(lake_root, _HOLDER))
        yield
    finally:
        if lock.lock_counter == 1:
            pulse(None)
        lock.release()


def _lock(lake_root: str) -> FileLock:
    return FileLock(Path(lake_root) / ".writer.lock", is_singleton=True, thread_local=False)


def _tell_who(path: Path) -> None:
    """What cannot be told is no reason not to write."""
    with suppress(OSError):
        path.write_text(f"{os.getpid()}\n")
        pulse(path)
