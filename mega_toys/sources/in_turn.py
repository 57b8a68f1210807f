"""What several readers give at once, in the order of their turns, in bounded memory."""

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from queue import Full, Queue
from typing import Any

END = object()  # of a reader's turn
_AHEAD = 1  # that a reader has ready while others have their turns
_LOOK_S = 0.1


def in_turn(readers: Sequence[Generator[Any, None, None]]) -> Iterator[Any]:
    """What readers give, each in a thread: a turn of the first, then one of the second, …

    A reader gives `END` after each turn. All have ended, whatever comes, before this has.
    """
    every = [_Reader(reader) for reader in readers]
    try:
        for one in every:
            one.thread.start()
        while not all(one.is_done for one in every):
            for one in every:
                yield from one.turn()
    finally:
        for one in every:
            one.stopped.set()
        for one in every:
            one.thread.join()


@dataclass(frozen=True)
class _Ended:
    """The end of all turns of a reader, or what ended it."""

    error: BaseException | None = None


@dataclass
class _Reader:
    """A reader in its thread, which waits while what it has read is not asked for."""

    reader: Generator[Any, None, None]
    given: Queue[Any] = field(default_factory=lambda: Queue(_AHEAD))
    stopped: threading.Event = field(default_factory=threading.Event)
    is_done: bool = False

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        ended = _Ended()
        try:
            with closing(self.reader):
                for one in self.reader:
                    self._give(one)
                    if self.stopped.is_set():
                        return
        except BaseException as error:  # which is raised where it is waited for
            ended = _Ended(error)
        self._give(ended)

    def _give(self, one: object) -> None:
        while not self.stopped.is_set():
            with suppress(Full):
                self.given.put(one, timeout=_LOOK_S)
                return

    def turn(self) -> Iterator[Any]:
        """What comes until the end of a turn, or of all."""
        while not self.is_done and (one := self.given.get()) is not END:
            if not isinstance(one, _Ended):
                yield one
                continue
            self.is_done = True
            if one.error:
                raise one.error
