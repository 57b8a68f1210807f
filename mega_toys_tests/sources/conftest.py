"""A server for all tests, and an object to pull for each."""

from collections.abc import Iterator

import pytest

from mega_toys_tests.sources import servers
from mega_toys_tests.sources.servers import Server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    try:
        with servers.postgres() as server:
            yield server
    except FileNotFoundError:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql, as .ci/run does")
