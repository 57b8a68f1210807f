"""Ctrl-C and SIGTERM end every command at once, with one line and the code of the signal."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mega_toys.command.ending import Ending

SAID = {signal.SIGINT: (130, "Interrupted."), signal.SIGTERM: (143, "Ended by SIGTERM.")}
COMMAND = "from mega_toys.command.ending import command; command()"
SWALLOWS = """
import os, signal, sys, threading, time
from pathlib import Path
from mega_toys.command import ending, cli

def deaf():
    {deaf}
    Path("ready").touch()
    time.sleep(600)

cli.main = deaf
ending.command()
"""
DEAF = {
    "a handler that swallows it": "signal.signal(signal.{name}, lambda *_: None)",
    "a handler that makes it an error": """
    def fail(*_): raise RuntimeError("DagsterExecutionInterruptedError")
    signal.signal(signal.{name}, fail)""",
    "a handler that makes it an error which Python ignores": """
    def fail(*_): raise RuntimeError("DagsterExecutionInterruptedError")
    signal.signal(signal.{name}, fail)
    class Dying:
        def __del__(self):
            Path("ready").touch()
            time.sleep(600)
    Dying()""",
    "a handler of the parent that ignores it": "pass",
}


def started(*words: str, folder: Path, ignored: int | None = None) -> subprocess.Popen[str]:
    keep = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=folder, env={"PATH": os.defpath, "HOME": str(folder), **keep}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=(lambda: signal.signal(ignored, signal.SIG_IGN)) if ignored else None,
    )  # fmt: skip


def ended(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """The process ended as it should; the signal was sent."""
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.strip()) == SAID[number]


@pytest.mark.parametrize("number", SAID)
@pytest.mark.parametrize("how", DEAF)
def test_a_signal_that_a_library_would_swallow_ends_the_command(
    tmp_path: Path, how: str, number: signal.Signals
) -> None:
    code = SWALLOWS.format(deaf=DEAF[how].format(name=number.name))
    ignored = number if "ignores" in how else None
    process = started("-c", code, folder=tmp_path, ignored=ignored)
    while not (tmp_path / "ready").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)

    ended(process, number)


def test_hardly_anything_is_imported_before_signals_are_heard(tmp_path: Path) -> None:
    code = "import sys, mega_toys.command.ending; print(*sys.modules)"
    told, _ = started("-c", code, folder=tmp_path).communicate(timeout=60)

    ours = {name for name in told.split() if name.startswith("mega_toys")}
    assert ours == {"mega_toys", "mega_toys.command", "mega_toys.command.ending"}
    slow = {"typing", "pathlib", "dataclasses", "logging", "uuid", "threading", "contextlib"}
    assert slow.isdisjoint(told.split())


def test_a_signal_that_is_read_while_one_asks_for_it_has_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, select_at_once = object.__new__(Ending), select.select
    one._came, (one._told, tell) = False, os.pipe()
    os.write(tell, bytes([signal.SIGINT]))

    def meanwhile(*asked: Any) -> Any:
        one._came = True
        os.read(one._told, 1)
        return select_at_once(*asked)

    monkeypatch.setattr("select.select", meanwhile)

    assert one.is_told()
    os.close(one._told)
    os.close(tell)
