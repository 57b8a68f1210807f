"""Servers of this machine on which the toy company's systems lie, while somebody develops."""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mega_toys import local_servers
from mega_toys.local_servers import LOOPBACK, MariaDb, Server

USER = "toys"  # owns what the toy company makes


@dataclass(frozen=True)
class Local:
    """A server, the systems that lie on it, and how it runs: with a folder, port and password."""

    systems: tuple[str, ...]
    running: Callable[[Path, int, str], AbstractContextManager[str]]
    has_password: bool = True


def password_in(file: Path) -> str:
    """The password of a file, which is made with a new one; only its owner may read it."""
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text()
    with os.fdopen(opened, "w") as new:
        new.write(made := secrets.token_urlsafe())
    return made


@contextmanager
def _postgres(folder: Path, port: int, password: str) -> Iterator[str]:
    server = Server(port, folder, user=USER, password=password)
    with local_servers.postgres(server):
        roles, databases = (
            server.sql(f"SELECT 1 FROM {catalog} WHERE {name} = '{USER}'")  # noqa: S608  # of names of ours
            for catalog, name in (("pg_roles", "rolname"), ("pg_database", "datname"))
        )
        change = "ALTER" if roles else "CREATE"
        server.sql(f"{change} ROLE {USER} LOGIN PASSWORD '{password}'")
        if not databases:
            server.sql(f"CREATE DATABASE {USER} OWNER {USER}")
        yield f"{server.url.rpartition('/')[0]}/{USER}"


@contextmanager
def _mariadb(folder: Path, port: int, password: str) -> Iterator[str]:
    server = MariaDb(port, folder, user=USER, password=password)
    with local_servers.mariadb(server):
        server.sql(
            f"CREATE OR REPLACE USER {USER}@localhost IDENTIFIED BY '{password}'",
            f"GRANT ALL ON *.* TO {USER}@localhost",
        )
        yield server.url


@contextmanager
def _mongodb(folder: Path, port: int, _: str) -> Iterator[str]:
    with local_servers.mongodb(folder, port):
        yield f"mongodb://{LOOPBACK}:{port}"


@contextmanager
def _kafka(folder: Path, port: int, _: str) -> Iterator[str]:
    with local_servers.kafka(folder, port):
        yield f"kafka://{LOOPBACK}:{port}"


LOCAL: Mapping[str, Local] = {
    "postgresql": Local(("mes", "dw"), _postgres),
    "mysql": Local(("erp",), _mariadb),
    "mongodb": Local(("shop",), _mongodb, has_password=False),
    "kafka": Local(("iot", "web"), _kafka, has_password=False),
}
