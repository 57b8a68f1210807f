"""Servers of databases for tests: new ones, on free ports, that log what they are sent."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from mega_toys import local_servers
from mega_toys.local_servers import MariaDb, Server
from mega_toys_tests.buckets.servers import free_ports

__all__ = ["CANARY", "MariaDb", "Server", "kafka", "mariadb", "mongodb", "postgres"]
CANARY = "c4n4ry+pass/word"  # which no output may have


@contextmanager
def mariadb() -> Iterator[MariaDb]:
    """With a reader. Raises FileNotFoundError where it is not installed."""
    with TemporaryDirectory() as folder:
        server = MariaDb(*free_ports(1), Path(folder), password=CANARY)
        log = ("--general-log=1", f"--general-log-file={folder}/statements.log")
        with local_servers.mariadb(server, *log):
            server.sql(f"CREATE USER reader@'%' IDENTIFIED BY '{CANARY}'")
            yield server


@contextmanager
def postgres() -> Iterator[Server]:
    """With a reader. Raises FileNotFoundError where it is not installed."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = Server(*free_ports(1), Path(folder), password=CANARY)
        with local_servers.postgres(server, "-c", "fsync=off", "-c", "log_statement=all"):
            server.sql(f"CREATE ROLE reader LOGIN PASSWORD '{CANARY}'")
            yield server


@contextmanager
def mongodb(*options: str) -> Iterator[int]:
    """Its port. Raises FileNotFoundError where nothing that speaks the protocol is installed."""
    (port,) = free_ports(1)
    with TemporaryDirectory() as folder, local_servers.mongodb(Path(folder), port, *options):
        yield port


@contextmanager
def kafka(
    port: int | None = None, store: Mapping[str, str] | None = None, told: int | None = None
) -> Iterator[int]:
    """The port of a broker that speaks Kafka's protocol; FileNotFoundError where it is none.

    It holds its topics in memory, or in a bucket that environment variables tell how to reach, and
    is reached behind another port where that is told.
    """
    here = port or free_ports(1)[0]
    options = ["--storage-engine", "s3://lake/"] if store else []
    options += ["--advertised-listener-url", f"tcp://localhost:{told}"] if told else []
    environment = dict(store or {})
    with (
        TemporaryDirectory() as made,
        local_servers.kafka(Path(made), here, *options, env=environment),
    ):
        yield here
