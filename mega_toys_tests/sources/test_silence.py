"""A server that hangs with its connections open keeps no pull for ever."""

import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mega_toys.address import Address
from mega_toys.declared.errors import SourceError
from mega_toys.sources.silence import Patience
from mega_toys_tests.sources.clients import Crm
from mega_toys_tests.sources.servers import CANARY, MariaDb, Server
from mega_toys_tests.sources.silent import silent, silent_after
from mega_toys_tests.sources.test_mysql import Clients

SOON_S = 8
ROWS = 30_000


def patience(port: int, seconds: float) -> Patience:
    return Patience(Address(f"postgresql://reader@127.0.0.1:{port}/x"), 5432, seconds)


def test_a_driver_that_waits_in_its_own_code_ends_once_a_server_was_silent_for_too_long() -> None:
    with silent() as port, silent() as other:
        before = socket.create_connection(("127.0.0.1", port))
        short = patience(port, 0.2)
        asked, elsewhere = (socket.create_connection(("127.0.0.1", at)) for at in (port, other))

        def wait() -> None:
            with short.waiting():
                assert asked.recv(1) == b""
                raise RuntimeError("the driver's own words")

        with pytest.raises(SourceError, match=r"127\.0\.0\.1 has said nothing for 0\.2 s"):
            wait()
        for untouched in (before, elsewhere):
            untouched.settimeout(0.01)
            with pytest.raises(TimeoutError):
                untouched.recv(1)
        for one in (before, asked, elsewhere):
            one.close()


def test_what_ends_sooner_is_as_ever() -> None:
    with silent() as port:
        for error in (ValueError, SourceError):
            with pytest.raises(error, match="other"), patience(port, 60).waiting():
                raise error("other")


@pytest.mark.parametrize("scheme", ["postgresql", "mysql", "mssql"])
@pytest.mark.parametrize("told", ["0", "-1", "ten"])
def test_a_bound_that_is_none_is_refused(scheme: str, told: str, tmp_path: Path) -> None:
    url = f"{scheme}://reader@127.0.0.1:1/x?read_timeout={told}"
    assert Crm(Server(1, tmp_path), tmp_path).error(url=url) == (
        "crm: crm.clients: its address says a `read_timeout` that is no number of seconds"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scheme", "told"), [("postgresql", ""), ("mysql", ""), ("mssql", "&Encrypt=strict")]
)
def test_a_server_that_takes_a_connection_and_says_nothing_is_not_waited_for(
    scheme: str, told: str, tmp_path: Path
) -> None:
    with silent() as port:
        began = time.monotonic()
        url = f"{scheme}://reader@127.0.0.1:{port}/x?connect_timeout=2{told}"
        error = Crm(Server(port, tmp_path), tmp_path).error(url=url)

    assert error.startswith("crm cannot be reached: ")
    assert time.monotonic() - began < SOON_S
    assert "\n" not in error
    assert CANARY not in error


def _stops(crm: Crm, url: str, **told: Any) -> str:
    began = time.monotonic()
    error = crm.error(url=f"{url}?read_timeout=1", **told)
    assert time.monotonic() - began < SOON_S
    assert "\n" not in error
    return error


@pytest.mark.slow
def test_a_postgres_that_stops_in_the_middle_is_told_and_the_next_pull_goes_on(
    postgres: Server, tmp_path: Path
) -> None:
    crm = Crm(postgres, tmp_path).create()
    crm.server.sql(
        f"INSERT INTO crm.clients SELECT n, repeat('x', 99) FROM generate_series(1, {ROWS}) n"
    )
    for most in (5_000, 1_000_000):  # among the first answers, among the rows
        with silent_after(postgres, most) as port:
            url = postgres.url.replace(f":{postgres.port}", f":{port}")
            assert "127.0.0.1 has said nothing for 1 s (read_timeout)" in _stops(crm, url)
    crm.pull()

    assert crm.ids() == list(range(1, ROWS + 1))


@pytest.mark.slow
def test_a_mariadb_that_stops_in_the_middle_is_told(mariadb: MariaDb, tmp_path: Path) -> None:
    crm = Clients(mariadb, tmp_path).create()
    crm.server.sql(
        f"INSERT INTO crm.clients SELECT seq, repeat('x', 99), now(6) FROM crm.seq_1_to_{ROWS}"
    )
    with silent_after(replace(mariadb), 1_000_000) as port:
        error = _stops(crm, f"mysql://reader@127.0.0.1:{port}")
    assert error == "crm: crm.clients: Lost connection to MySQL server during query (timed out)"
