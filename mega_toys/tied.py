"""Processes that end with the one that started them, however that ends: they wait for its lock.

Who starts them holds a file lock, which the kernel frees, and names the file in their environment;
all that they start in turn inherits it. `import mega_toys` ties the process.
"""

import fcntl
import os
import signal
import threading
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

TIED_TO = "_MEGA_TOYS_TIED_TO"
_PROCESSES = Path("/proc")  # Linux has it


def hold(path: Path) -> bool:
    """Lock a file for this process and name it to those that it will start; whether it could.

    The file is a new one each time: who waits for the end of an earlier holder is told of it.
    """
    before = _locked(path)
    if before is None:
        return False
    token = uuid4().hex
    aside = path.with_name(f"{path.name}.{token}")
    opened = _locked(aside)
    if opened is None:
        return False
    os.write(opened, token.encode())
    aside.replace(path)
    os.close(before)
    os.environ[TIED_TO] = f"{path}:{token}"
    return True


def _locked(path: Path) -> int | None:
    """The descriptor of a file, locked; none where another one holds it, or has replaced it."""
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with suppress(BlockingIOError, FileNotFoundError):
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(opened), path.stat()):
            return opened
    os.close(opened)
    return None


def let_go() -> None:
    """Tie what is started from now on to nothing."""
    os.environ.pop(TIED_TO, None)


def is_held(path: Path) -> bool:
    """Whether a process holds the lock of a file."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(opened)
    return False


def tie() -> None:
    """End this process when the one that holds the lock ends; nothing where there is none."""
    if told := os.environ.get(TIED_TO):
        path, _, token = told.rpartition(":")
        threading.Thread(target=_wait, args=(path, token), daemon=True, name="tied").start()


def _wait(path: str, token: str) -> None:
    with suppress(FileNotFoundError):  # who held it has cleared its folder
        opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        if os.read(opened, len(token)) == token.encode():
            fcntl.flock(opened, fcntl.LOCK_SH)
    if os.getpgrp() == os.getpid():  # with all that it started, whatever they are at
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def tied_to(path: Path) -> list[int]:
    """The processes that are tied to a file, this one aside; none where the system cannot tell."""
    mark = f"{TIED_TO}={path}:".encode()
    processes = [process for process in _PROCESSES.glob("[0-9]*") if _is_marked(process, mark)]
    return sorted({int(process.name) for process in processes} - {os.getpid()})


def _is_marked(process: Path, mark: bytes) -> bool:
    return any(variable.startswith(mark) for variable in _environment(process))


def _environment(process: Path) -> list[bytes]:
    """The variables that a process was started with; none of another user's, or of a dead one."""
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []
