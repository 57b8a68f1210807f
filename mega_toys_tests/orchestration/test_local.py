"""The UI comes up alone, on a port of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mega_toys.lake.errors import LakeError
from mega_toys.orchestration.local import claim_ui
from mega_toys_tests.lakes import command

BECOMES_ANOTHER = """
import os, sys
from pathlib import Path
from mega_toys.orchestration.local import claim_ui
claim_ui(Path(sys.argv[1]), int(sys.argv[2]))
os.execv(sys.executable, [sys.executable, "-c", "print('up', flush=True); input()"])
"""


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


@pytest.fixture
def free() -> int:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        return int(other.getsockname()[1])


def test_a_port_that_is_taken_is_told_with_another_one(tmp_path: Path, taken: int) -> None:
    with pytest.raises(LakeError, match=f"Port {taken} is taken: --port {taken + 1}"):
        claim_ui(tmp_path, taken)


def test_one_home_has_one_ui_as_long_as_its_process_lives(tmp_path: Path, free: int) -> None:
    words = [sys.executable, "-c", BECOMES_ANOTHER, str(tmp_path), str(free)]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)
    ) as ui:
        assert ui.stdout
        assert ui.stdout.readline() == b"up\n"
        with pytest.raises(LakeError, match="Another `mega-toys dev` runs"):
            claim_ui(tmp_path, free)
        ui.kill()
        ui.wait()

    claim_ui(tmp_path, free)


@pytest.mark.slow
def test_dev_with_a_taken_port_ends_with_code_2_and_says_nothing_of_a_ui(
    tmp_path: Path, taken: int
) -> None:
    done = command("dev", "--port", str(taken), folder=tmp_path)

    assert done.returncode == 2
    assert f"--port {taken + 1}" in done.stderr
    assert "comes up" not in done.stdout
    assert (tmp_path / ".mega_toys" / "landing").is_dir()


@pytest.mark.slow
def test_dev_does_not_make_a_landing_zone_that_was_chosen(tmp_path: Path, taken: int) -> None:
    chosen = tmp_path / "unmounted"

    command(
        "dev", "--port", str(taken), folder=tmp_path, told={"MEGA_TOYS_LANDING_ROOT": str(chosen)}
    )

    assert not chosen.exists()
