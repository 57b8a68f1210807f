"""Where the CPU of a command goes: `python -m benchmarks.stages refresh`, of the own settings.

A thread looks every few milliseconds at what the main thread does, and puts what all threads of
the process took since then on the innermost of our functions: Polars' pool works for whom waits.
Processes that decode foreign files are not seen. `--functions` tells functions instead of rooms.
"""

import argparse
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY_S = 0.004
PACKAGE = "/mega_toys/"
IMPORTS = "frozen importlib"
MOST_LINES = 40


class Sampler(threading.Thread):
    """Counts CPU seconds by what the main thread does."""

    def __init__(self, *, by_function: bool) -> None:
        super().__init__(daemon=True)
        self.seconds: Counter[str] = Counter()
        self._by_function, self._over = by_function, threading.Event()
        self._main = threading.main_thread().ident

    def run(self) -> None:
        """Look until it is over."""
        before = time.process_time()
        while not self._over.wait(EVERY_S):
            now = time.process_time()
            self.seconds[self._stage(sys._current_frames().get(self._main or 0))] += now - before
            before = now

    def end(self) -> None:
        """Look no more."""
        self._over.set()
        self.join()

    def _stage(self, frame: FrameType | None) -> str:
        while frame is not None:
            path = frame.f_code.co_filename
            if IMPORTS in path:
                return "imports"
            if PACKAGE in path:
                module = path.rpartition(PACKAGE)[2].removesuffix(".py")
                function = f"{module} {frame.f_code.co_name}:{frame.f_lineno}"
                return function if self._by_function else module
            frame = frame.f_back
        return "other"


def main() -> None:
    """Run the command in this process and print its stages."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages", description=__doc__)
    parser.add_argument("--functions", action="store_true", help="tell functions, not modules")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="of mega-toys, as refresh")
    asked = parser.parse_args()
    sampler = Sampler(by_function=asked.functions)
    sampler.start()
    try:
        _run(asked.command)
    finally:
        sampler.end()
        _print(sampler.seconds)


def _run(command: list[str]) -> None:
    sys.argv = [str(Path(sys.executable).with_name("mega-toys")), *command]
    from mega_toys.command.cli import main as mega_toys

    try:
        mega_toys()
    except SystemExit as ended:
        print(f"ended with {ended.code}")


def _print(seconds: Counter[str]) -> None:
    total = seconds.total()
    print(f"\n{total:8.2f} CPU s in this process")
    for stage, taken in seconds.most_common(MOST_LINES):
        print(f"{taken:8.2f} {100 * taken / total:5.1f} %  {stage}")


if __name__ == "__main__":
    main()
