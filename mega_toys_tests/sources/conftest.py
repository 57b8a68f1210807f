"""A server for all tests."""

from collections.abc import Iterator

import pytest

from mega_toys_tests.sources import servers
from mega_toys_tests.sources.servers import MariaDb, Server

STOPS = """
CREATE TABLE mes.downtimes (downtime_id text PRIMARY KEY, factory_id text, machine_id text,
    kind text, reason text, started_at timestamptz, ended_at timestamptz,
    updated_at timestamptz DEFAULT clock_timestamp())
"""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    try:
        with servers.postgres() as server:
            yield server
    except FileNotFoundError:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql, as .ci/run does")


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    try:
        with servers.mariadb() as server:
            yield server
    except FileNotFoundError:
        pytest.skip("MariaDB is not installed: apt-get install mariadb-server, as .ci/run does")


@pytest.fixture(scope="session")
def mongodb() -> Iterator[int]:
    try:
        with servers.mongodb() as port:
            yield port
    except FileNotFoundError:
        pytest.skip("No MongoDB is installed: pip install secantusdb, as .ci/run does")


@pytest.fixture
def mes(postgres: Server) -> Server:
    postgres.sql(
        "DROP SCHEMA IF EXISTS mes CASCADE", "CREATE SCHEMA mes", STOPS,
        "GRANT USAGE ON SCHEMA mes TO reader", "GRANT SELECT ON ALL TABLES IN SCHEMA mes TO reader",
        "INSERT INTO mes.downtimes SELECT 'D-' || n, 'F1', 'M1', 'malfunction', NULL, "
        "now() - interval '2 h', now() - interval '1 h' FROM generate_series(1, 5) n",
    )  # fmt: skip
    return postgres
