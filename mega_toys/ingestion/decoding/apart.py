"""Files decoded in a process of their own, which may die of one; it stays warm for the next."""

import atexit
import errno
import itertools
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from mega_toys.ingestion.decoding.memory import OUT_OF_MEMORY
from mega_toys.ingestion.decoding.request import Request
from mega_toys.ingestion.formats.records import (
    TooMuchMemoryError,
    UnreadableFileError,
    UnreadNowError,
)
from mega_toys.ingestion.landing_file import LandingFile

Result = int | UnreadableFileError  # rows, or why there are none
_PROGRAM = f"{__package__}.decoder"
_FILES_AT_ONCE = 256
_BYTES_AT_ONCE = 32 << 20
_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGIO)
_WHY = {
    signal.SIGALRM: "made no progress for too long while it was read",
    signal.SIGPROF: "takes too long to be read, for its size",
}
_PRINTED_BYTES = 10_000
_LOCK = threading.Lock()


@dataclass
class Decoded:
    """What became of some files, and the Arrow files that hold their rows."""

    results: list[tuple[LandingFile, Result]]
    pieces: list[Path] = field(default_factory=list)


class _EndedError(Exception):
    """An answer ended early, by one of the files at these places.

    A process may die of what a file before has done to its memory: where it may be so, that is
    no `proof` against the one that it was at.
    """

    def __init__(self, places: Sequence[int], why: UnreadableFileError, *, proof: bool) -> None:
        super().__init__(str(why))
        self.places, self.why, self.proof = places, why, proof


class _NotStartedError(Exception):
    """There is no process that could be asked."""


def decoded(wanted: Request, most_mb: int) -> Iterator[Decoded]:
    """What becomes of the files, some at once; one that ends a process of its own is unreadable.

    Raises OSError where rows cannot be written.
    """
    waiting = deque((group, False) for group in _groups(wanted.files))
    for attempt in itertools.count():
        if not waiting:
            return
        files, is_suspect = waiting.popleft()
        request = replace(wanted, files=files, prefix=f"{wanted.prefix}{attempt}-")
        if is_suspect:
            end_warm()
        try:
            done = _answer(request, most_mb)
        except _NotStartedError:
            why = UnreadNowError(OSError(errno.EAGAIN, "No process can be started to read it"))
            done = Decoded([(file, why) for file in request.files])
        except _EndedError as ended:
            suspects = [request.files[place] for place in ended.places]
            others = [file for file in request.files if file not in suspects]
            is_one = len(suspects) == 1
            is_proven = is_one and (is_suspect or ended.proof)
            done = Decoded([(suspects[0], ended.why)] if is_proven else [])
            again = [(others, False), *(([one], is_one) for one in suspects if not is_proven)]
            waiting.extendleft(group for group in again if group[0])
        yield done


def _groups(files: Sequence[LandingFile]) -> Iterator[list[LandingFile]]:
    group: list[LandingFile] = []
    for file in files:
        many = len(group) == _FILES_AT_ONCE
        if group and (many or sum(one.size for one in group) + file.size > _BYTES_AT_ONCE):
            yield group
            group = []
        group.append(file)
    if group:
        yield group


def _answer(request: Request, most_mb: int) -> Decoded:
    """Ask for some files; raises _EndedError where the answer is not whole."""
    with _LOCK:
        process = _started(most_mb)
        try:
            return _heard(process, request)
        except _EndedError:
            raise
        except BaseException:  # what is left of the answer must not be taken for that to the next
            process.end(at_once=True)
            raise


def _heard(process: "_Process", request: Request) -> Decoded:
    results: dict[int, Result] = {}
    places: Sequence[int] = range(len(request.files))
    for told in process.asked(request):
        if "pieces" in told:
            pieces = [request.piece(number) for number in range(told["pieces"])]
            return Decoded([(request.files[at], results[at]) for at in results], pieces)
        if "failed" in told:
            raise _EndedError(places, UnreadableFileError(told["failed"]), proof=True)
        if "cannot_write" in told:
            folder, number = os.path.dirname(request.prefix), told["cannot_write"]
            raise OSError(number, os.strerror(number), folder)
        places = told.get("at", places)
        if "file" in told:
            results[told["file"]] = _result(told)
    why, proof = process.why_ended()
    raise _EndedError(places, why, proof=proof)


def _result(told: dict[str, Any]) -> Result:
    if "unread_now" in told:
        return UnreadNowError(OSError(told["unread_now"], os.strerror(told["unread_now"])))
    return UnreadableFileError(told["unreadable"]) if "unreadable" in told else int(told["rows"])


class _Process:
    """A process that decodes, with what it says and what libraries print in it."""

    def __init__(self, most_mb: int) -> None:
        self.most_mb, self.parent = most_mb, os.getpid()
        self._printed: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115, it is read at the end
        try:
            self._process = subprocess.Popen(  # noqa: S603, our own program
                [sys.executable, "-P", "-m", _PROGRAM, str(most_mb)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._printed,
                env=os.environ | {"RUST_BACKTRACE": "0"},
                start_new_session=True,  # Ctrl-C is for who asks
            )
        except OSError:
            self._printed.close()
            raise
        if "ready" not in next(self._said(), {}):
            self.end()
            raise _NotStartedError

    def asked(self, request: Request) -> Iterator[dict[str, Any]]:
        """What it says of a request, to the end of the answer or of the process."""
        if self._process.stdin:
            with suppress(BrokenPipeError):
                pickle.dump(request, self._process.stdin)
                self._process.stdin.flush()
        return self._said()

    def _said(self) -> Iterator[dict[str, Any]]:
        for line in self._process.stdout or ():
            with suppress(ValueError):
                yield json.loads(line)

    @property
    def is_there(self) -> bool:
        """Whether it can be asked, by this process and not by one that forked from it."""
        return self.parent == os.getpid() and self._process.poll() is None

    def why_ended(self) -> tuple[UnreadableFileError, bool]:
        """What its end tells of the file that it was at, and whether that is proof of it."""
        code = -self._process.wait()
        if code in _FROM_OUTSIDE:
            return UnreadNowError(OSError(errno.EINTR, "The process that read it was ended")), True
        if code in _WHY:
            return UnreadableFileError(_WHY[signal.Signals(code)]), True
        self._printed.seek(0)
        aborted = b"memory allocation of" in self._printed.read(_PRINTED_BYTES)
        if aborted or -code == OUT_OF_MEMORY:
            return TooMuchMemoryError(), False
        how = signal.Signals(code).name if code > 0 else f"exit code {-code}"
        return UnreadableFileError(f"ends the process that reads it ({how})"), False

    def end(self, *, at_once: bool = False) -> None:
        """Let it end, and wait for that."""
        if at_once:
            self._process.kill()
        for opened in (self._process.stdin, self._process.stdout, self._printed):
            with suppress(OSError):
                opened.close() if opened else None
        self._process.wait()


_warm: _Process | None = None


def _started(most_mb: int) -> _Process:
    """The process that is warm, or a new one in its place."""
    global _warm
    if _warm is None or not _warm.is_there or _warm.most_mb != most_mb:
        end_warm()
        try:
            _warm = _Process(most_mb)
        except OSError as error:
            raise _NotStartedError from error
    return _warm


@atexit.register
def end_warm() -> None:
    """End the process that is warm; the next file has a new one."""
    global _warm
    if _warm is not None and _warm.parent == os.getpid():
        _warm.end()
    _warm = None
