"""Servers of databases on loopback, ended by their process ids."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mega_toys_tests.buckets.servers import free_ports

CANARY = "c4n4ry+pass/word"  # which no output may have
_PROGRAMS = Path("/usr/lib/postgresql")
_UP_WITHIN_S = 60


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server: its port, its folder, and what it says."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        """The address of the reader, without the password."""
        return f"postgresql://reader@127.0.0.1:{self.port}/postgres"

    @property
    def said(self) -> str:
        """The statements that it was sent, and all else that it logs."""
        return (self.folder / "said.txt").read_text()

    def sql(self, *statements: str) -> str:
        """What statements of the owner give, each a transaction of its own."""
        words = [word for one in statements for word in ("-c", one)]
        done = subprocess.run(
            ["psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
             "-U", "postgres", *words],
            capture_output=True, text=True, check=False, env=os.environ | {"PGPASSWORD": CANARY},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


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
            _wait_for(folder, process)
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


def _wait_for(folder: Path, process: "subprocess.Popen[bytes]") -> None:
    until, said = time.monotonic() + _UP_WITHIN_S, folder / "said.txt"
    while time.monotonic() < until and process.poll() is None:
        if "ready to accept connections" in said.read_text():
            return
        time.sleep(0.05)
    raise AssertionError(said.read_text()[-2000:])
