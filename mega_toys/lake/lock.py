"""One writer per lake: a file lock that the kernel frees when its process ends."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from mega_toys.lake.errors import LakeBusyError

PATIENCE_S = 3600.0
_TELL_EVERY_S = 10.0


@contextmanager
def only_writer(
    lake_root: str, say: Callable[[str], None], patience_s: float = PATIENCE_S
) -> Iterator[None]:
    """Hold the lake; wait for another writer, and say so. It can be entered again inside itself."""
    folder = Path(lake_root)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".writer.lock", is_singleton=True, thread_local=False)
    started = time.monotonic()
    while True:
        try:
            lock.acquire(timeout=min(_TELL_EVERY_S, patience_s))
            break
        except Timeout:
            waited = time.monotonic() - started
            if waited >= patience_s:
                raise LakeBusyError(lake_root, waited) from None
            say(f"another refresh holds the lake; waiting ({waited:.0f} s)")
    try:
        yield
    finally:
        lock.release()
