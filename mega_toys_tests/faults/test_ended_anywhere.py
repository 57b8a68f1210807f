"""Ctrl-C and SIGTERM end every command at once, wherever it is."""

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from mega_toys.lake.store.lock import only_writer
from mega_toys_tests.command.test_ending import COMMAND, SAID, ended, started
from mega_toys_tests.lakes import command

AS_BEGUN = ("--scale", "0.002")  # a landing zone goes on as it was begun


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where there are deliveries, and a lake with them."""
    folder = tmp_path_factory.mktemp("home")
    command("simulate", "--days", "2", *AS_BEGUN, folder=folder)
    command("refresh", folder=folder)
    return folder


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc")
@pytest.mark.parametrize("number", SAID)
@pytest.mark.parametrize(
    ("words", "tries"),
    [
        (("refresh",), 6),
        (("rebuild", "--all"), 2),
        (("simulate", "--days", "400", *AS_BEGUN), 2),
        (("simulate", "--live", *AS_BEGUN), 2),
        (("faults", "run", "--kills", "1"), 2),
        (("query", "SELECT sum(a.r * b.r) FROM (SELECT unnest(range(1000000)) r) a, "
          "(SELECT unnest(range(1000000)) r) b"), 2),
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
