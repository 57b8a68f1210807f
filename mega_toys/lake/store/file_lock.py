"""The lock of a lake on a disk: the kernel frees it with the process that holds it."""

import fcntl
import os
import time
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mega_toys.lake.store.holder import Holder

if TYPE_CHECKING:
    from filelock import FileLock


class FolderLock:
    """A file lock in the folder, and beside it whose process has it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / ".writer.lock"
        self._holder = folder / ".writer.pid"  # touched at every step that the process passes

    @cached_property
    def _file(self) -> "FileLock":
        """What takes it: imported by who does, since that takes longer than to ask who has it."""
        from filelock import FileLock

        return FileLock(self._path, thread_local=False)

    def acquire(self, wait_s: float) -> bool:
        """Hold it, once more where this process does; whether that was possible in time."""
        from filelock import Timeout

        first = not self._file.is_locked
        self._holder.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._file.acquire(timeout=wait_s)
        except Timeout:
            return False
        if first:
            with suppress(OSError):  # what cannot be told is no reason not to write
                self._holder.write_text(f"{os.getpid()}\n")
        return True

    def release(self) -> None:
        """Hold it no longer, once it is released as often as it was acquired."""
        self._file.release()

    def beat(self) -> None:
        """Touch what tells of the process."""
        with suppress(OSError):  # a full disk, or a folder that somebody removed
            os.utime(self._holder)

    def check(self) -> None:
        """The kernel takes it from no process that lives."""

    @property
    def term(self) -> int:
        """It is not counted."""
        return 0

    def holder(self, *, is_ours: bool) -> Holder | None:
        """Who holds it now; none before its holder has told who it is."""
        try:
            process, touched = int(self._holder.read_text()), self._holder.stat().st_mtime
            if not (is_ours or self._is_taken()):
                return None
        except (OSError, ValueError):
            return None
        return Holder(process, max(0.0, time.time() - touched))

    def _is_taken(self) -> bool:
        """Whether a process has it; for a moment this one does, where none has."""
        with self._path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False
