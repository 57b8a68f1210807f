"""The UI of this machine: its code server, webserver and daemon, which end with this process."""

import errno
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from rich.console import Console

from mega_toys import tied
from mega_toys.declared.errors import LakeError
from mega_toys.declared.words import counted
from mega_toys.lake.store.scratch import temporary
from mega_toys.settings import Settings

LOOPBACK = "127.0.0.1"
LOCK = ".dev.lock"
_LOCATION = "mega_toys.definitions"
_LAST_PORT = 65535
_LONGEST_SOCKET = 100  # bytes that the address of a socket may have, on every system
_LETTING_GO_S = 2
_DYING_S = 10  # so long the processes of a killed one may take to end
_LOOKS_S = 0.1
_WORKSPACE = """\
load_from:
  - grpc_server:
      socket: {socket}
      location_name: {location}
"""


def serve(
    console: Console, port: int, beside: Callable[[Settings], object] = lambda settings: None
) -> NoReturn:
    """Run the UI until it ends; `beside` is called with the settings before it comes up."""
    from mega_toys.orchestration.runs.local import home

    settings = Settings.load()
    settings.make_default_landing_root()
    folder = home(settings.dagster_home)
    claim_ui(folder, port)
    beside(settings)
    console.print(f"The Dagster UI comes up at http://{LOOPBACK}:{port}")
    run_ui(folder, port)


def claim_ui(folder: Path, port: int) -> None:
    """Make sure that a UI can come up: no other one uses this home, and its port is free.

    The lock on the home stays with this process. Raises LakeError with the way out.
    """
    lock, until, held, left = folder / LOCK, time.monotonic() + _DYING_S, False, list[int]()
    while not (held := held or tied.hold(lock)) or (left := tied.tied_to(lock)):
        if not held and tied.is_held(lock):
            raise LakeError(
                f"Another `mega-toys dev` runs with Dagster's home {folder}: use its UI or end it, "
                "or set MEGA_TOYS_DAGSTER_HOME to another folder. Two would ask for every refresh "
                "twice."
            )
        if time.monotonic() > until:
            raise LakeError(_told(left) if left else f"{lock} is locked by another program.")
        time.sleep(_LOOKS_S)
    refuse_taken(port)


def remnants(folder: Path) -> str | None:
    """What is left of a `mega-toys dev` that was killed, with the command that ends it."""
    lock = folder / LOCK
    left = [] if tied.is_held(lock) else tied.tied_to(lock)
    return _told(left) if left else None


def _told(left: list[int]) -> str:
    processes = " ".join(map(str, left))
    what = counted(len(left), "remnant")
    return f"{what} of a `mega-toys dev` that was killed, to be ended by `kill -9 {processes}`"


def refuse_taken(port: int, other: int = 0) -> None:
    """Raise LakeError of a port that is taken, by more than a process that is dying."""
    until = time.monotonic() + _LETTING_GO_S
    while error := _why_taken(port):
        if error.errno != errno.EADDRINUSE:
            raise LakeError(f"Port {port} cannot be used: {error.strerror}")
        if time.monotonic() > until:
            raise LakeError(f"Port {port} is taken: --port {other or _next(port)}")
        time.sleep(_LOOKS_S)


def _why_taken(port: int) -> OSError | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            return error
    return None


def _next(port: int) -> int:
    return port + 1 if port < _LAST_PORT else port - 1


def run_ui(folder: Path, port: int) -> NoReturn:
    """Run the webserver and the daemon of this home, until one of them ends; raises LakeError then.

    They get no signals from the terminal: they end as this process ends, whatever ends it.
    """
    os.environ.setdefault("MEGA_TOYS_UI_URL", f"http://{LOOPBACK}:{port}")
    code = _socket(folder)
    workspace = folder / "workspace.yaml"
    workspace.write_text(_WORKSPACE.format(socket=code, location=_LOCATION))
    started = {_start(*_code_server(code)): "code server"}
    _wait_for(code, started)
    started[_start("webserver", str(port), str(workspace))] = "webserver"
    started[_start("dagster._daemon", "run", "--workspace", str(workspace))] = "daemon"
    process, status = os.wait()
    raise LakeError(_ended(started, process, status))


def _code_server(code: Path) -> tuple[str, ...]:
    where = ("--socket", str(code), "--module-name", _LOCATION, "--location-name", _LOCATION)
    return ("dagster", "code-server", "start", "--log-level", "warning", *where)


def _start(*words: str) -> int:
    """Start a process that no signal of the terminal reaches; its id."""
    command = [sys.executable, "-m", "mega_toys.orchestration.server.services", *words]
    return subprocess.Popen(  # noqa: S603, our own program and arguments
        command, stdin=subprocess.DEVNULL, start_new_session=True
    ).pid


def _socket(folder: Path) -> Path:
    """Where the code server listens: in Dagster's home, unless its path is too long."""
    place = folder / "code.sock"
    if len(os.fsencode(place)) > _LONGEST_SOCKET:
        place = temporary(Settings.load().lake_root) / place.name
    place.unlink(missing_ok=True)
    return place


def _wait_for(code: Path, started: dict[int, str]) -> None:
    """Wait until the code server listens; raises LakeError where it ends before."""
    while True:
        process, status = os.waitpid(-1, os.WNOHANG)
        if process:
            raise LakeError(_ended(started, process, status))
        with socket.socket(socket.AF_UNIX) as client:
            if client.connect_ex(str(code)) == 0:
                return
        time.sleep(_LOOKS_S)


def _ended(started: dict[int, str], process: int, status: int) -> str:
    what = started.get(process, "simulator")
    return f"The {what} ended with code {os.waitstatus_to_exitcode(status)}, and with it all else."
