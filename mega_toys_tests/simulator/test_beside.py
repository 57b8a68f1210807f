"""Delivering beside another program."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mega_toys.simulator.state import claim
from mega_toys.simulator.world import World

BESIDE = """
import os, sys
from pathlib import Path
from mega_toys.simulator import start_beside

if __name__ == "__main__":
    print(start_beside(Path(sys.argv[1])), flush=True)
    os.execv("/bin/sleep", ["sleep", "600"])
"""


def within(seconds: float, holds: Callable[[], object]) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.2)
    return bool(holds())


def ended(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().split()[2]
    except FileNotFoundError:
        return True
    return state == "Z"


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="looks into /proc")
def test_live_deliveries_go_on_as_they_began_until_the_program_beside_them_ends(
    tmp_path: Path,
) -> None:
    landing, program = tmp_path / "landing", tmp_path / "beside.py"
    claim(landing, World(3, 0.0005), 0)
    program.write_text(BESIDE)

    with subprocess.Popen([sys.executable, str(program), str(landing)],
                          stdout=subprocess.PIPE, text=True) as beside:  # fmt: skip
        assert beside.stdout
        delivering = int(beside.stdout.readline())
        delivered = within(60, lambda: list(landing.rglob("*-live-*")))
        beside.send_signal(signal.SIGKILL)

    assert delivered
    assert within(30, lambda: ended(delivering))
