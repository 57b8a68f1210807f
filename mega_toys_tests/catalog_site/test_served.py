"""The site as it is served to this machine."""

import http.client
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from mega_toys.catalog_site.served import server
from mega_toys.declared.errors import LakeError
from mega_toys_tests.catalog_site.test_site import three, write


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    write(three(), tmp_path / "site")
    (tmp_path / "secret.txt").write_text("secret")
    with server(tmp_path / "site", 0) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield serving
        serving.shutdown()


def asked(serving: ThreadingHTTPServer, path: str, host: str = "127.0.0.1") -> int:
    port = serving.server_address[1]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", f"{host}:{port}")
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def test_pages_are_served_and_nothing_beside_them(served: ThreadingHTTPServer) -> None:
    assert served.server_address[0] == "127.0.0.1"
    assert asked(served, "/") == 200
    assert asked(served, "/tables/a.html") == 200
    assert asked(served, "/tables/") == 404
    assert asked(served, "/../secret.txt") == 404
    assert asked(served, "/%2e%2e/secret.txt") == 404


def test_who_came_by_another_name_is_refused(served: ThreadingHTTPServer) -> None:
    assert asked(served, "/", "localhost") == 200
    assert asked(served, "/", "evil.example") == 403


def test_without_a_site_or_a_port_the_way_out_is_told(
    tmp_path: Path, served: ThreadingHTTPServer
) -> None:
    with pytest.raises(LakeError, match="run `mega-toys catalog build` first"):
        server(tmp_path / "none", 0)
    with pytest.raises(LakeError, match=r"Port \d+ cannot be used: .*Name another one"):
        server(tmp_path / "site", served.server_address[1])
