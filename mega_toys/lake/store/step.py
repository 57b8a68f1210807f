"""The named steps of every way of writing: others see them passed, and a process can die there."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from mega_toys.declared.errors import SettingsError

STEPS = {
    "pull.read": "rows are read from a system, their file is not in the landing zone",
    "pull.landed": "their file is in the landing zone, later ones may not be",
    "table.create": "before a table that is not there is made",
    "table.created": "after it was made",
    "commit.begin": "before the files of a commit are written",
    "commit.files": "the files of a commit are written, nothing names them",
    "commit.done": "after a commit with rows",
    "mark.begin": "before a table notes what it has taken in",
    "mark.done": "after that note",
    "layer.table": "between two tables of a refresh",
    "bronze.read": "files are read, nothing is committed",
    "bronze.rows": "rows are in bronze, their files not yet in lake.files",
    "bronze.files": "files are in lake.files",
    "received.counted": "what came is counted, nothing else is written",
    "quarantine.written": "the quarantine of a batch is written, its accounts are not",
    "deletions.written": "the marks that ended a row are written down, accounts and rows are not",
    "accounts.written": "the accounts of a batch are written, silver is not",
    "silver.written": "the rows of a batch are in silver",
    "days.written": "some stale days of a table are built, maybe not all",
    "checks.begin": "the table is built, its checks have not run",
    "event.begin": "the table is done, Dagster has no event of it",
    "event.done": "Dagster has all events of the table",
    "refresh.days": "lake.days is kept",
    "refresh.agreed": "Dagster shows what the lake holds",
    "publish.begin": "before gold is published",
    "publish.built": "the new file lies beside the old one",
    "publish.done": "the new file is in its place",
    "decisions.written": "decisions are written down, the table has not got them",
    "rebuild.table": "a table lies anew beside the live one",
    "swap.begin": "before what lies beside is swapped in",
    "swap.piece": "one of a table's commits is swapped in, others may not be",
    "swap.table": "a table was swapped in",
    "swap.done": "all was swapped in, what lay beside is still there",
    "forget.begun": "data quality counts a retired table no longer, all else of it is there",
    "forget.rows": "the lake's own tables know nothing of a retired table, its rows are there",
    "forget.table": "a retired table, or its quarantine, is removed",
    "maintain.compacted": "a table is compacted",
    "maintain.vacuumed": "a table is vacuumed",
    "maintain.swept": "what killed writers left is swept",
}


def _die() -> NoReturn:
    """End as the kernel ends a process: nothing is flushed, closed or said."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process went on")


class _Armed:
    """Counts the steps that this process passes, and dies at one of them."""

    def __init__(self, kill_at: str | None, log: Path | None, die: Callable[[], NoReturn]) -> None:
        name, _, nth = (kill_at or "").partition(":")
        if name and name not in STEPS:
            near = get_close_matches(name, STEPS, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else ""
            raise SettingsError(f"MEGA_TOYS_KILL_AT: no step `{name}`.{hint}")
        if nth and not (nth.isdecimal() and int(nth)):
            raise SettingsError(f"MEGA_TOYS_KILL_AT: `{nth}` is no count; say `{name}:1`.")
        self.name, self.nth, self.log, self.die = name, int(nth or 1), log, die
        self.passed: Counter[str] = Counter()

    def step(self, name: str) -> None:
        self.passed[name] += 1
        if self.log:
            with self.log.open("a") as opened:
                opened.write(f"{name}\n")
        if name == self.name and self.passed[name] == self.nth:
            self.die()


_armed: _Armed | None = None
_pulse: Callable[[], None] | None = None


def arm(kill_at: str | None, log: Path | None, die: Callable[[], NoReturn] = _die) -> None:
    """Let this process die at `<step>[:<nth time>]`, and write the steps it passes into a file."""
    global _armed
    _armed = _Armed(kill_at, log, die) if kill_at or log else None


def pulse(beat: Callable[[], None] | None) -> None:
    """Do this at every step from now on, so that others see that the process goes on."""
    global _pulse
    _pulse = beat


def step(name: str) -> None:
    """Pass a step."""
    if _pulse is not None:
        _pulse()
    if _armed is not None:
        _armed.step(name)
