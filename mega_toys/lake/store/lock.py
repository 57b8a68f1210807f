"""One writer per lake: a gate for threads, a file lock that the kernel frees with its process."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from mega_toys.declared.errors import LakeBusyError, LakeError
from mega_toys.lake.store.step import pulse

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


class _Gate:
    """One writer among the threads of this process: the one inside holds the file lock for it."""

    def __init__(self, root: Path) -> None:
        self.file = FileLock(root / ".writer.lock", thread_local=False)
        self._free = threading.Condition()
        self._thread: int | None = None
        self._depth = 0

    @property
    def is_mine(self) -> bool:
        """Whether this thread is inside."""
        return self._thread == threading.get_ident()

    @property
    def is_taken(self) -> bool:
        """Whether any thread is inside."""
        return self._thread is not None

    @property
    def is_first(self) -> bool:
        """Whether the lake is held, and was entered once."""
        return self._depth == 1

    def enter(self, wait_s: float) -> bool:
        """Hold the lake, once more where this thread does; whether that was possible in time."""
        until = time.monotonic() + wait_s
        with self._free:
            if not self.is_mine:
                if not self._free.wait_for(lambda: self._thread is None, wait_s):
                    return False
                self._thread = threading.get_ident()
            self._depth += 1
        try:
            self.file.acquire(timeout=max(0.0, until - time.monotonic()))
        except BaseException as error:
            self._leave()
            if isinstance(error, Timeout):
                return False
            raise
        return True

    def leave(self) -> None:
        """Leave the lake, as often as it was entered."""
        self.file.release()
        self._leave()

    def _leave(self) -> None:
        with self._free:
            self._depth -= 1
            if self._depth == 0:
                self._thread = None
                self._free.notify()


_gates: dict[str, _Gate] = {}
_making = threading.Lock()


def _gate(lake_root: str) -> _Gate:
    """The gate of a lake; one for each, whatever way its path is written."""
    root = os.path.realpath(lake_root)
    with _making:
        return _gates.setdefault(root, _Gate(Path(root)))


def holder(lake_root: str) -> Holder | None:
    """Who holds the lake now, if another process or another thread of this one does."""
    told, gate = Path(lake_root, _HOLDER), _gate(lake_root)
    try:
        process, touched = int(told.read_text()), told.stat().st_mtime
        if not gate.is_taken:
            with FileLock(gate.file.lock_file).acquire(timeout=0):
                return None
    except Timeout:
        pass
    except (OSError, ValueError):  # nobody held it yet, or its holder is about to tell who it is
        return None
    return None if gate.is_mine else Holder(process, max(0.0, time.time() - touched))


def tell(text: str) -> None:
    """Say on the error output who is waited for."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def only_writer(
    lake_root: str, say: Callable[[str], None] = tell, patience_s: float = PATIENCE_S
) -> Iterator[None]:
    """Hold the lake; wait for another writer, and say so.

    One thread holds it at a time, and can enter again inside. Where `say` writes to a terminal that
    is not there, the error output is told too.
    """
    if "://" in lake_root:
        raise LakeError(f"{lake_root} is no folder: a lake in a bucket cannot be written yet.")
    Path(lake_root).mkdir(parents=True, exist_ok=True)
    gate = _gate(lake_root)
    _wait(gate, lake_root, say, patience_s)
    try:
        if gate.is_first:
            _tell_who(Path(lake_root, _HOLDER))
        yield
    finally:
        if gate.is_first:
            pulse(None)
        gate.leave()


def _wait(gate: _Gate, lake_root: str, say: Callable[[str], None], patience_s: float) -> None:
    started, wait_s, told = time.monotonic(), 0.0, 0
    while not gate.enter(wait_s):
        waited = time.monotonic() - started
        if waited >= patience_s:
            raise LakeBusyError(lake_root, waited) from None
        text = f"{holder(lake_root) or 'another process holds the lake'}; waiting ({waited:.0f} s)"
        say(text)
        told += 1
        if (
            say is not tell and not sys.stdout.isatty() and told.bit_count() == 1
        ):  # ever more seldom
            tell(text)
        wait_s = min(_TELL_EVERY_S, patience_s - waited)


def _tell_who(path: Path) -> None:
    """What cannot be told is no reason not to write."""
    with suppress(OSError):
        path.write_text(f"{os.getpid()}\n")
        pulse(path)
