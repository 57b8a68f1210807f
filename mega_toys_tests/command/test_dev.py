"""The UI comes up alone, on a port of its own, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from mega_toys import tied
from mega_toys.command.dev import LOCK, claim_ui, remnants
from mega_toys.declared.errors import LakeError
from mega_toys_tests.lakes import command

HAS_PROC = Path("/proc/self/environ").exists()
needs_proc = pytest.mark.skipif(not HAS_PROC, reason="looks into /proc")
HOLDS = """
import sys
from pathlib import Path
from mega_toys import tied
assert tied.hold(Path(sys.argv[1]))
import subprocess
subprocess.Popen([sys.executable, "-c", sys.argv[2]], stdin=subprocess.DEVNULL)
print("up", flush=True)
input()
"""
TIED = "import mega_toys, time; time.sleep(600)"
DEAF = "import time; time.sleep(600)"  # as a process that hangs is


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


@pytest.fixture(autouse=True)
def _tied_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tied.TIED_TO, "")


def within(seconds: float, holds: Callable[[], object]) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.1)
    return bool(holds())


@contextmanager
def holder(lock: Path, child: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds a lock and has started another one."""
    words = [sys.executable, "-c", HOLDS, str(lock), child]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        # a process begins without a variable
        assert not HAS_PROC or within(30, lambda: tied.tied_to(lock))
        yield process
        process.kill()
        for left in tied.tied_to(lock):
            os.kill(left, signal.SIGKILL)


def test_a_port_that_is_taken_is_told_with_another_one(tmp_path: Path, taken: int) -> None:
    with pytest.raises(LakeError, match=f"Port {taken} is taken: --port {taken + 1}"):
        claim_ui(tmp_path, taken)


def test_one_home_has_one_ui_as_long_as_its_process_lives(tmp_path: Path, free: int) -> None:
    with holder(tmp_path / LOCK, TIED) as ui:
        with pytest.raises(LakeError, match="Another `mega-toys dev` runs"):
            claim_ui(tmp_path, free)
        assert remnants(tmp_path) is None
        ui.kill()
        ui.wait()

        claim_ui(tmp_path, free)


@needs_proc
def test_what_is_started_ends_with_the_process_that_holds_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with holder(lock, TIED) as parent:
        parent.kill()
        assert within(30, lambda: not tied.tied_to(lock))


@needs_proc
def test_what_a_killed_ui_left_is_told_with_the_command_that_ends_it(
    tmp_path: Path, free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mega_toys.command.dev._DYING_S", 0.2)
    with holder(tmp_path / LOCK, DEAF) as ui:
        (left,) = tied.tied_to(tmp_path / LOCK)
        ui.kill()
        ui.wait()

        with pytest.raises(LakeError, match=f"ended by `kill -9 {left}`"):
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


@contextmanager
def running(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """A real `mega-toys dev`."""
    words = [str(Path(sys.executable).with_name("mega-toys")), "dev", "--port", str(port)]
    keep = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    environment = {"PATH": os.defpath, "HOME": str(folder), **keep}
    with (
        (folder / "dev.log").open("w") as log,
        subprocess.Popen(
            words, cwd=folder, env=environment, stdout=log, stderr=subprocess.PIPE, text=True
        ) as dev,
    ):
        yield dev
        dev.kill()


def ask(port: int, query: str) -> Any:
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        json.dumps({"query": query}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.loads(answer.read())["data"]


def is_up(port: int) -> bool:
    with suppress(OSError):
        return bool(ask(port, "{ version }"))
    return False


def is_at_work(port: int) -> bool:
    runs = "{ runsOrError { ... on Runs { results { status } } } }"
    found = ask(port, runs)["runsOrError"]["results"]
    return any(run["status"] in ("STARTING", "STARTED") for run in found)


@pytest.mark.slow
@needs_proc
@pytest.mark.parametrize("when", ["at once", "in a run"])
def test_whatever_kills_dev_ends_all_of_it_and_the_next_has_the_same_port(
    tmp_path: Path, free: int, when: str
) -> None:
    lock = tmp_path / ".mega_toys" / "dagster" / LOCK
    with running(tmp_path, free) as dev:
        assert within(60, lambda: tied.tied_to(lock))
        if when == "in a run":
            assert within(300, lambda: is_up(free))
            assert within(300, lambda: is_at_work(free))
        dev.send_signal(signal.SIGKILL)
        dev.wait()

    assert within(20, lambda: not tied.tied_to(lock))
    with running(tmp_path, free) as dev:
        assert within(300, lambda: is_up(free))
        dev.send_signal(signal.SIGINT)
        assert dev.wait(60) == 130
        assert dev.stderr
        assert dev.stderr.read().splitlines()[-1] == "Interrupted."
    assert within(20, lambda: not tied.tied_to(lock))


ATTACKS: list[tuple[str, str, dict[str, str]]] = [
    ("GET", "/graphql?query=mutation%7BreloadWorkspace%7B__typename%7D%7D", {}),
    ("POST", "/graphql?query=mutation%7BreloadWorkspace%7B__typename%7D%7D",
     {"Content-Type": "text/plain"}),
    ("POST", "/graphql", {"Content-Type": "application/json", "Origin": "https://evil.example"}),
    ("POST", "/graphql", {"Content-Type": "multipart/form-data; boundary=b"}),
    ("POST", "/graphql", {"Content-Type": "application/json", "Host": "evil.example"}),
    ("GET", "/runs", {"Accept": "text/html", "Host": "evil.example"}),
    ("GET", "/graphql", {"Connection": "Upgrade", "Upgrade": "websocket",
     "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
     "Origin": "https://evil.example"}),
]  # fmt: skip


@pytest.mark.slow
def test_what_another_sites_page_can_send_reaches_nothing_of_a_real_ui(
    tmp_path: Path, free: int
) -> None:
    body = json.dumps({"query": "mutation { reloadWorkspace { __typename } }"}).encode()
    with running(tmp_path, free) as dev:
        assert within(300, lambda: is_up(free))
        for method, path, headers in ATTACKS:
            sent = body if method == "POST" else None
            asked = urllib.request.Request(
                f"http://127.0.0.1:{free}{path}", sent, headers, method=method
            )
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(asked, timeout=60)
            assert refused.value.code == 403, (method, path, headers)
            refused.value.close()
        done = ask(free, "mutation { reloadWorkspace { __typename } }")
        dev.send_signal(signal.SIGTERM)
        assert dev.wait(60) == 143

    assert done == {"reloadWorkspace": {"__typename": "Workspace"}}
