"""Where the CPU of a command goes: `python -m benchmarks.stages refresh`, of the own settings.

A thread looks every few milliseconds at what the main thread does, and puts what all threads of
the process took since then on its stage, which the innermost of our functions that has one tells:
Polars' pool works for whom waits. What is read, placed and judged in one pass is told as what
asks for the pass. Processes that decode foreign files are not seen. `--modules` and `--functions`
tell the innermost of our modules or functions instead.
"""

import argparse
import json
import re
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Literal

EVERY_S = 0.004
PACKAGE = "/mega_toys/"
IMPORTS = "frozen importlib"
MOST_LINES = 40
STORE = "lake/store"
STAGES = {  # by module; where it writes to the store, what stands behind the bar
    r"ingestion/(listing|landing\w*|unchanged|loading/(arrivals|file_versions|ignored))": "listing",
    r"ingestion/formats/csv": "parsing CSV",
    r"ingestion/formats/json|lake/fields/(alike|together)": "parsing JSON",
    r"ingestion/(formats|decoding/(apart|bounds))": "parsing other formats",
    r"ingestion/decoding/fitted|lake/fields": "fitting",
    r"ingestion": "reading files|writing bronze",
    r"lake/judging/(winners|deletions)": "deduplication",
    r"lake/judging": "judging",
    r"lake/(own/quarantine_tables|quarantined)": "quarantine",
    r"lake/(own|building/(counting|accepted|days_table))": "accounts",
    r"lake/(news|building/(from_bronze|by_key|gone))": "news",
    r"lake/building/computed|domains": "gold and tables by day",
    r"lake/building": "reading bronze, placing|writing silver",
    r"lake/checks": "checks",
    r"lake/code": "versions of code",
    r"orchestration/assets/warehouse": "what BI reads",
    r"orchestration": "events",
    r"operations": "plan, new tables",
}
By = Literal["stage", "module", "function"]


class Sampler(threading.Thread):
    """Counts CPU seconds by what the main thread does."""

    def __init__(self, by: By) -> None:
        super().__init__(daemon=True)
        self.seconds: Counter[str] = Counter()
        self._by, self._over = by, threading.Event()
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
        writes = False
        while frame is not None:
            path = frame.f_code.co_filename
            if IMPORTS in path:
                return "imports"
            if PACKAGE in path:
                module = path.rpartition(PACKAGE)[2].removesuffix(".py")
                if self._by == "function":
                    return f"{module} {frame.f_code.co_name}:{frame.f_lineno}"
                writes = writes or module.startswith(STORE)
                if told := module if self._by == "module" else stage_of(module, writes=writes):
                    return told
            frame = frame.f_back
        return "other"


def stage_of(module: str, *, writes: bool) -> str | None:
    """The stage of one of our modules, or what it writes there; none of one that serves others."""
    for pattern, told in STAGES.items():
        if re.match(pattern, module):
            reads, _, written = told.partition("|")
            return written if writes and written else reads
    return None


def main() -> None:
    """Run the command in this process and print its stages."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages", description=__doc__)
    parser.add_argument("--modules", dest="by", action="store_const", const="module")
    parser.add_argument("--functions", dest="by", action="store_const", const="function")
    parser.add_argument("--output", type=Path, help="write the seconds into this JSON file")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="of mega-toys, as refresh")
    asked = parser.parse_args()
    sampler = Sampler(asked.by or "stage")
    sampler.start()
    try:
        _run(asked.command)
    finally:
        sampler.end()
        _print(sampler.seconds)
        if asked.output:
            asked.output.write_text(json.dumps({"cpu_s": dict(sampler.seconds)}, indent=1) + "\n")


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
