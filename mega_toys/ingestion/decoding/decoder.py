"""The process that decodes files for another one, which it does not take along when it dies.

It is told files on its standard input and answers in lines of JSON. What a file would take beyond
the bounds of memory and time ends the process; `apart.py` knows what that tells of the file.
"""

import errno
import fcntl
import gc
import json
import os
import pickle
import re
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from mega_toys.ingestion.decoding.bounds import TextOfRows
from mega_toys.ingestion.decoding.fitted import Batch, frames, read
from mega_toys.ingestion.decoding.memory import OUT_OF_MEMORY, bound_memory
from mega_toys.ingestion.decoding.request import Request
from mega_toys.ingestion.formats.records import UnreadableFileError, UnreadNowError
from mega_toys.ingestion.landing_file import LandingFile

QUIET_S, QUIET_S_PER_MB = 20, 0.25  # without some more records
WHOLE_S = 15  # of CPU, for all of a file
BEGUN_S_PER_MB, READ_S_PER_MB = 0.25, 0.75  # more of it: at once, and once that much was read
_BATCH_RECORDS = 40_000
_BATCH_BYTES = 16 << 20
_SMALL_BYTES = 32 << 20  # to compress these costs more than to write them


@dataclass
class Answer:
    """A request being answered: what was read, and is not fitted and written yet."""

    request: Request
    batches: list[Batch] = field(default_factory=list)
    read_from: set[int] = field(default_factory=set)  # places of the files of these batches
    pieces: int = 0
    text: TextOfRows = field(default_factory=TextOfRows)
    ends_s: float = 0  # when this process has used so much CPU, the file takes too long

    def give(self) -> dict[str, Any]:
        """Read all files, and tell of each what became of it; the end of the answer.

        An error of the files that were named last ends the answer.
        """
        try:
            for place, file in enumerate(self.request.files):
                _say(at=[place])
                self.ends_s = time.process_time() + WHOLE_S + BEGUN_S_PER_MB * _mb(file)
                self._read(place, file)
            self._write()
        except MemoryError:  # what is left would be too little for the next file
            os._exit(OUT_OF_MEMORY)
        except UnreadableFileError as error:
            return {"failed": str(error)}
        except (Exception, pl.exceptions.PanicException) as error:
            said = f"{type(error).__name__}: {error}".split("\n")[0][:300]
            return {"failed": f"cannot be read: {said}"}
        return {"pieces": self.pieces}

    def _read(self, place: int, file: LandingFile) -> None:
        rows = weight = 0
        quiet_s = QUIET_S + QUIET_S_PER_MB * _mb(file)
        _allow(signal.ITIMER_REAL, quiet_s)
        self._allow_until(0)
        try:
            for batch in read(file, self.request.fields, self.request.sent_as):
                self.batches.append(batch)
                self.read_from.add(place)
                rows += batch.records.height
                weight += batch.records.weight
                self._allow_until(min(weight, file.size) >> 20)
                if self._is_much():
                    self._write()
                    _say(at=[place])
                _allow(signal.ITIMER_REAL, quiet_s)
        except UnreadNowError as error:
            number = getattr(error.__cause__, "errno", None) or errno.EIO
            if number == errno.ENOMEM:
                raise MemoryError from error
            _say(file=place, unread_now=number)
        except UnreadableFileError as error:
            _say(file=place, unreadable=str(error))
        else:
            _say(file=place, rows=rows)

    def _allow_until(self, read_mb: int) -> None:
        """Let the file have the time that is due to what was read of it so far."""
        left_s = self.ends_s + READ_S_PER_MB * read_mb - time.process_time()
        _allow(signal.ITIMER_PROF, max(left_s, 0.001))  # 0 would be no bound

    def _is_much(self) -> bool:
        records = [batch.records for batch in self.batches]
        return (
            sum(some.height for some in records) >= _BATCH_RECORDS
            or sum(some.weight for some in records) >= _BATCH_BYTES
        )

    def _write(self) -> None:
        """Fit what was read, and write it."""
        if not self.batches:
            return
        _say(at=sorted(self.read_from))
        rows = pl.concat(frames(self.batches, self.request.fields, self.request.at))
        weight = sum(batch.records.weight for batch in self.batches)
        self.text.within(rows, weight, self.read_from)
        self.batches.clear()
        self.read_from.clear()
        _allow(signal.ITIMER_REAL, 0)  # a slow disk is not the file's fault
        try:
            is_small = rows.estimated_size() <= _SMALL_BYTES
            piece = self.request.piece(self.pieces)
            rows.write_ipc(piece, compression="uncompressed" if is_small else "lz4")
        except (OSError, pl.exceptions.PolarsError) as error:
            if number := _of_the_store(error):
                _say(cannot_write=number)
            raise
        self.pieces += 1


def _of_the_store(error: Exception) -> int | None:
    """The number of an error of the operating system; Polars tells it in words only."""
    told = re.search(r"os error ([0-9]+)", str(error))
    return int(told[1]) if told else getattr(error, "errno", None)


def _mb(file: LandingFile) -> int:
    return file.size >> 20


def _allow(timer: int, seconds: float) -> None:
    """End the process by the timer's signal, unless it is set anew before."""
    signal.setitimer(timer, seconds)


def _say(**told: Any) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _end_with(pipe: int, *, on: bool) -> None:
    """Let the kernel end this process once the other end of a pipe is closed."""
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(pipe, fcntl.F_GETFL)
    fcntl.fcntl(pipe, fcntl.F_SETFL, flags | os.O_ASYNC if on else flags & ~os.O_ASYNC)


def main(most_mb: int) -> None:
    """Answer requests until nobody can ask any more."""
    gc.set_threshold(100_000, 50, 100)  # as in the command that asks
    sys.stdout = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), 1)  # what a library prints is no answer
    pl.DataFrame({"": [0]}).write_ipc(os.devnull)  # starts the threads that memory is not asked for
    bound_memory(most_mb)
    _say(ready=True)
    while True:
        try:
            request = pickle.load(sys.stdin.buffer)  # noqa: S301, of the process that started this one
        except EOFError:
            return
        _end_with(sys.stdin.fileno(), on=True)
        end = Answer(request).give()
        _end_with(sys.stdin.fileno(), on=False)  # the next request would signal, too
        _allow(signal.ITIMER_REAL, 0)
        _allow(signal.ITIMER_PROF, 0)
        _say(**end)


if __name__ == "__main__":
    main(int(sys.argv[1]))
