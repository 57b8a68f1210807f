"""Every step is declared once, and a process dies at the one it is told."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import mega_toys
from mega_toys.declared.errors import SettingsError
from mega_toys.lake.store.step import STEPS, arm

STEPPING = (
    "from mega_toys.lake.store.step import arm, step; import sys; from pathlib import Path;"
    "arm(sys.argv[1], Path(sys.argv[2])); [step('mark.done') for _ in range(3)]; print('lived')"
)


def stepping(kill_at: str, log: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", STEPPING, kill_at, str(log)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_steps_in_the_code_are_the_declared_ones() -> None:
    code = [path.read_text() for path in Path(mega_toys.__path__[0]).rglob("*.py")]
    passed = {name for text in code for name in re.findall(r"\bstep\(\"([a-z.]+)\"\)", text)}

    assert passed == set(STEPS)


def test_a_process_dies_at_its_step_for_the_nth_time_and_logs_what_it_passed(
    tmp_path: Path,
) -> None:
    done = stepping("mark.done:2", tmp_path / "log")

    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "log").read_text().split() == ["mark.done"] * 2
    assert "lived" in stepping("mark.done:4", tmp_path / "other").stdout


@pytest.mark.parametrize("wrong", ["mark.dnoe", "mark.done:0", "mark.done:often"])
def test_a_step_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match="MEGA_TOYS_KILL_AT"):
        arm(wrong, None)
