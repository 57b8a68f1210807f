"""Ctrl-C and SIGTERM end every command at once, with one line and the code of the signal."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mega_toys.lake.store.lock import only_writer
from mega_toys_tests.lakes import command

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


# toy company begins
@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where there are deliveries, and a lake with them."""
    folder = tmp_path_factory.mktemp("home")
    command("simulate", "--days", "2", "--scale", "0.002", folder=folder)
    command("refresh", folder=folder)
    return folder


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc")
@pytest.mark.parametrize("number", SAID)
@pytest.mark.parametrize(
    ("words", "tries"),
    [
        (("refresh",), 10),
        (("rebuild", "--all"), 3),
        (("simulate", "--days", "400"), 3),
        (("simulate", "--live"), 2),
        (("faults", "run", "--kills", "1"), 2),
        (("query", "SELECT sum(a.r * b.r) FROM (SELECT unnest(range(1000000)) r) a, "
          "(SELECT unnest(range(1000000)) r) b"), 3),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else None,
)  # fmt: skip
def test_every_command_ends_at_any_instant(
    home: Path, tmp_path: Path, words: tuple[str, ...], tries: int, number: signal.Signals
) -> None:
    instants = random.Random(f"{words}{number}")
    shutil.copytree(home / ".mega_toys", tmp_path / ".mega_toys")
    for _ in range(tries):
        if words == ("refresh",):
            shutil.rmtree(tmp_path / ".mega_toys" / "lake")
        with started("-c", COMMAND, *words, folder=tmp_path) as process:
            while process.poll() is None and len(os.listdir(f"/proc/{process.pid}/task")) == 1:
                time.sleep(0.01)  # Python itself is starting
            time.sleep(4 * instants.random())
            if process.poll() is None:
                process.send_signal(number)
                ended(process, number)
        with only_writer(str(tmp_path / ".mega_toys" / "lake"), lambda text: None, patience_s=0):
            pass


# toy company ends
