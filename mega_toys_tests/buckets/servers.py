"""Stores of objects on loopback: SeaweedFS, where it is installed, and moto."""

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from obstore.exceptions import BaseError
from obstore.store import S3Store

BUCKET = "lake"
KEY, SECRET = "a-key", "a-secret-that-is-told-to-nobody"
_UP_WITHIN_S = 60


@dataclass(frozen=True)
class Server:
    """A store that answers at an address, and has one bucket."""

    endpoint: str

    @property
    def environment(self) -> dict[str, str]:
        """What reaches it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }


def free_ports(many: int) -> list[int]:
    """Ports of which that 10,000 above is free, too: SeaweedFS takes it without being told."""
    ports: list[int] = []
    while len(ports) < many:
        port = random.randrange(12_000, 32_000)
        with suppress(OSError), ExitStack() as opened:
            for one in (port, port + 10_000):
                opened.enter_context(socket.create_server(("127.0.0.1", one)))
            ports.append(port)
    return ports


@contextmanager
def moto() -> Iterator[Server]:
    (port,) = free_ports(1)
    command = [str(_program("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with tempfile.TemporaryDirectory() as folder, _running(command, Path(folder), port) as server:
        request = urllib.request.Request(f"{server.endpoint}/{BUCKET}", method="PUT")
        urllib.request.urlopen(request).close()
        yield server


@contextmanager
def seaweed() -> Iterator[Server]:
    """Raises FileNotFoundError where it is not installed."""
    ports = free_ports(5)
    names = ("s3.port", "master.port", "volume.port", "filer.port", "admin.port")
    with tempfile.TemporaryDirectory() as folder:
        command = [
            str(_program("weed")), "mini", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}",
            *(f"-{name}={port}" for name, port in zip(names, ports, strict=True)),
            "-s3.port.iceberg=0", "-s3.port.lance=0", "-webdav=false", "-admin.ui=false",
            "-master.telemetry=false",
            f"-bucket={BUCKET}",
        ]  # fmt: skip
        with _running(command, Path(folder), ports[0]) as server:
            _wait_for_bucket(server)
            yield server


def _program(name: str) -> Path:
    beside = Path(sys.executable).with_name(name)
    if program := (beside if beside.exists() else shutil.which(name)):
        return Path(program)
    raise FileNotFoundError(name)


@contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[Server]:
    server = Server(f"http://127.0.0.1:{port}")
    rights = {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "HOME": str(folder),
        "TMPDIR": str(folder),
    }
    with (folder / "said.txt").open("wb") as said:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | rights, stdout=said, stderr=said
        )
        try:
            _wait_for(server, process, folder / "said.txt")
            yield server
        finally:
            process.kill()
            process.wait()


def _wait_for_bucket(server: Server) -> None:
    """It is made some time after the first answer."""
    store = S3Store(BUCKET, config=server.environment, client_options={"allow_http": True})
    until = time.monotonic() + _UP_WITHIN_S
    while True:
        try:
            store.list_with_delimiter()
        except (FileNotFoundError, BaseError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def _wait_for(server: Server, process: subprocess.Popen[bytes], said: Path) -> None:
    until = time.monotonic() + _UP_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"{server.endpoint}/{BUCKET}", timeout=5).close()
        except urllib.error.HTTPError as error:
            if error.code < 500:  # it answers, and maybe refuses who does not say who it is
                return
        except OSError:
            pass
        else:
            return
        time.sleep(0.1)
    raise AssertionError(said.read_text()[-2000:])
