"""One writer per lake: a gate for the threads of a process, a lock among processes."""

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mega_toys.declared.errors import LakeBusyError
from mega_toys.lake.store.holder import Holder
from mega_toys.lake.store.place import Place, place_of
from mega_toys.lake.store.step import pulse

PATIENCE_S = 3600.0
_TELL_EVERY_S = 10.0


@dataclass(frozen=True)
class Tenure:
    """The time for which this process holds a lake in a bucket.

    Nobody else writes meanwhile: what was looked at once needs no second look, but for tables that
    this process has committed to since.
    """

    term: int
    commits: Counter[str] = field(default_factory=Counter)  # by table


class _Gate:
    """One writer among the threads of this process: the one inside holds the lock for it."""

    def __init__(self, place: Place) -> None:
        self.lock = place.lock()
        self._tenure: Tenure | None = None
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
            free = self.lock.acquire(max(0.0, until - time.monotonic()))
        except BaseException:
            self._leave()
            raise
        if not free:
            self._leave()
        return free

    def leave(self) -> None:
        """Leave the lake, as often as it was entered."""
        self.lock.release()
        self._leave()

    def _leave(self) -> None:
        with self._free:
            self._depth -= 1
            if self._depth == 0:
                self._thread = None
                self._free.notify()

    @property
    def tenure(self) -> Tenure | None:
        """Since when the lake is held, in a bucket."""
        if (term := self.lock.term) == 0:
            return None
        if self._tenure is None or self._tenure.term != term:
            self._tenure = Tenure(term)
        return self._tenure


_gates: dict[str, _Gate] = {}
_making = threading.Lock()


def _gate(lake_root: str) -> _Gate:
    """The gate of a lake; one for each, whatever way its path is written."""
    place = place_of(lake_root)
    root = os.path.realpath(lake_root) if place.folder else place.root
    with _making:
        if root not in _gates:
            _gates[root] = _Gate(place_of(root))
        return _gates[root]


def tenure(place: Place) -> Tenure | None:
    """Since when this process holds a lake in a bucket; none of a folder, or where it does not."""
    return None if place.folder else _gate(place.root).tenure


def refuse_lost(place: Place) -> None:
    """Raise LeaseLostError where this process held a lake in a bucket, and another one does now."""
    if place.folder is None:
        _gate(place.root).lock.check()


def holder(lake_root: str) -> Holder | None:
    """Who holds the lake now, if another process or another thread of this one does."""
    gate = _gate(lake_root)
    return None if gate.is_mine else gate.lock.holder(is_ours=gate.is_taken)


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
    gate = _gate(lake_root)
    _wait(gate, lake_root, say, patience_s)
    try:
        if gate.is_first:
            pulse(gate.lock.beat)
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
