"""How the command ends as a process: with its exit code, or at once at Ctrl-C and SIGTERM."""

import os
import signal
import sys

TYPE_CHECKING = False  # until `Ending` is made a signal ends the process plainly: import little
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

_SAID = {signal.SIGINT: "Interrupted.", signal.SIGTERM: "Ended by SIGTERM."}
_CLEARED = b"\r\x1b[2K\x1b[?25h"  # the line of what is in progress; the cursor is shown again
_NO_SIGNAL = b"\0"


def _clear_temporary() -> None:
    """Remove what the process has among the temporary files, if it came to have any."""
    if scratch := sys.modules.get("mega_toys.lake.store.scratch"):
        scratch.clear()


# What is done first; quick, whatever the rest is at.
AT_SIGNAL: "list[Callable[[], object]]" = [_clear_temporary]


class Ending:
    """The one place where the process ends: a thread that is told of signals and of the end.

    Dagster and Polars put handlers of their own in the place of Python's, which swallow a signal or
    make it an error like any other. The interpreter writes every signal into the wakeup descriptor
    all the same. Whatever is under way may be killed at any moment, so nothing is waited for: the
    kernel frees the locks. Also a signal that the parent process ignores ends this one.
    """

    def __init__(self) -> None:
        self.code, self._came = 0, False
        self._told, self._tell = os.pipe()
        os.set_blocking(self._tell, False)
        signal.set_wakeup_fd(self._tell, warn_on_full_buffer=False)
        for number in _SAID:  # from here on they are told to the thread, which may begin later
            signal.signal(number, lambda *_: None)
        sys.unraisablehook = _tell_of_ignored
        import threading

        threading.Thread(target=self._wait, daemon=True, name="ending").start()

    def end(self, code: int) -> "NoReturn":
        """End with this code, unless a signal came first."""
        self.code = code
        os.write(self._tell, _NO_SIGNAL)
        _for_ever()

    def is_told(self) -> bool:
        """Whether a signal has come: it is noted before it is read, so asked after."""
        import select

        return bool(select.select([self._told], [], [], 0)[0]) or self._came

    def _wait(self) -> None:
        import select

        while True:
            select.select([self._told], [], [])
            self._came = True
            told = os.read(self._told, 1)
            if told == _NO_SIGNAL:
                os._exit(self.code)
            if told[0] in _SAID:
                _end_by(signal.Signals(told[0]))
            self._came = False


def _end_by(number: signal.Signals) -> "NoReturn":
    from contextlib import suppress

    for act in AT_SIGNAL:
        with suppress(Exception):
            act()
    if number in _SAID:
        _say(_SAID[number])
    os._exit(128 + number)


_ending: Ending | None = None


def is_a_process_of_its_own() -> bool:
    """Whether the command is all that this process does, so that what it bounds ends with it."""
    return _ending is not None


def end_unread() -> "NoReturn":
    """End at once and without a word, as at SIGPIPE: who read the output has gone."""
    if _ending is None:
        raise SystemExit(128 + signal.SIGPIPE)
    _end_by(signal.SIGPIPE)


def say_nothing_if_ended() -> None:
    """Before an error is told: one that a signal has become is not told, the process ends."""
    if _ending and _ending.is_told():
        _for_ever()


def _tell_of_ignored(ignored: "sys.UnraisableHookArgs") -> None:
    """Python tells of an error that it ignores, as one that a signal has become in `__del__`."""
    say_nothing_if_ended()
    sys.__unraisablehook__(ignored)


def _for_ever() -> "NoReturn":
    import threading

    while True:
        threading.Event().wait()


def _say(text: str) -> None:
    """One line, whatever the streams are in the middle of."""
    try:
        if os.isatty(1):
            os.write(1, _CLEARED)
        os.write(2, f"{text}\n".encode())
    except OSError:
        pass


def command() -> "NoReturn":
    """Run the command as a process of its own.

    It ends without taking a million objects apart one by one, which costs 0.4 s of CPU.
    """
    global _ending
    _ending = ending = Ending()
    import atexit  # these take a while, in which a signal may come

    from mega_toys.command.cli import main

    code: object = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        say_nothing_if_ended()
        sys.excepthook(*sys.exc_info())
        code = 1
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        end_unread()
    ending.end(code if isinstance(code, int) else bool(code))
