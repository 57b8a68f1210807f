"""What a store refuses is told by its name, with the way out and without a secret."""

import http.server
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from mega_toys.command import cli
from mega_toys.declared.errors import MegaToysError, PlaceError, SettingsError
from mega_toys.lake.reading.sql import Database
from mega_toys.lake.store import stores
from mega_toys.lake.store.place import place_of
from mega_toys.lake.store.refusal import why_refused
from mega_toys.lake.store.store import Store
from mega_toys_tests.buckets import servers
from mega_toys_tests.buckets.lakes import LakeInBucket
from mega_toys_tests.buckets.servers import BUCKET, KEY, SECRET, Server, free_ports
from mega_toys_tests.lakes import needed_for


def told(error: pytest.ExceptionInfo[MegaToysError]) -> str:
    said = str(error.value)
    assert "\n" not in said
    assert KEY not in said
    assert SECRET not in said
    return said


def test_a_bucket_that_is_not_there_is_named(server: Server) -> None:
    place = place_of("s3://another-bucket/lake")

    with pytest.raises(PlaceError) as error:
        place.refuse_unreachable()
    assert told(error).startswith("s3://another-bucket/lake")
    assert "there is no such bucket" in told(error)

    with pytest.raises(PlaceError, match="no such bucket"):
        Store("s3://another-bucket/lake").version("a.b.c")


def test_rights_that_do_not_suffice_are_told(
    seaweed_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in seaweed_server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    place = place_of(f"s3://{BUCKET}/{uuid4().hex}")

    with pytest.raises(PlaceError, match="access is denied") as error:
        place.refuse_unreachable()
    assert "AWS_ACCESS_KEY_ID" in told(error)
    with pytest.raises(PlaceError, match="access is denied"):
        place.put_new({"a": b"x"})
    with pytest.raises(PlaceError, match="access is denied"):
        Store(place.root).version("a.b.c")


@pytest.mark.parametrize(
    ("code", "way_out"),
    [
        ("RequestTimeTooSkewed", "this machine's clock is wrong"),
        ("SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY must be that of AWS_ACCESS_KEY_ID"),
        ("AccessDenied", "AWS_ACCESS_KEY_ID must be one that may do it"),
    ],
)
def test_what_keeps_a_store_from_letting_one_in_is_told(code: str, way_out: str) -> None:
    said = f"Generic S3 error: 403 Forbidden: <Error><Code>{code}</Code></Error>"

    assert f"access is denied ({code}): {way_out}" in str(why_refused(OSError(said)))


def test_a_store_that_cannot_be_reached_is_told_with_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setattr(stores, "RETRIES", stores.RETRIES | {"max_retries": 1})
    place = place_of(f"s3://{BUCKET}/{uuid4().hex}")

    with pytest.raises(PlaceError, match="cannot be reached") as error:
        place.refuse_unreachable()
    assert f"http://127.0.0.1:{port}" in told(error)


@pytest.mark.slow
def test_a_store_that_goes_away_while_duckdb_reads_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "RETRIES", stores.RETRIES | {"max_retries": 1})
    with servers.moto() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        address = f"s3://{BUCKET}/{uuid4().hex}"
        lake = LakeInBucket(tmp_path, needed_for("commerce.silver.products"), address=address)
        lake.send("commerce/products/2026-03-10/a.ndjson", {"sku": "T0"}, {"sku": "T1"})
        lake.refresh()
        query = "SELECT sku FROM commerce.bronze.products"
        asked = Database.of(lake.store, lake.catalog, query)
        assert asked.answer(query).height == 2
        asked = Database.of(lake.store, lake.catalog, query)

    with pytest.raises(PlaceError, match="cannot be reached") as error:
        asked.answer(query)
    assert "Traceback" not in told(error)


def test_what_a_library_says_of_a_store_is_told_by_a_command_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEGA_TOYS_LAKE_ROOT", f"s3://{BUCKET}/lake")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    said = f"Generic S3 error: Error performing GET {SECRET}\n\n  1: error sending request"

    def show() -> None:
        raise OSError(said)

    monkeypatch.setattr(cli, "app", show)
    monkeypatch.setattr("sys.argv", ["mega-toys"])
    with pytest.raises(SystemExit):
        cli.main()

    told = " ".join(capsys.readouterr().err.split())
    assert told == f"error: s3://{BUCKET}/lake: the store http://127.0.0.1:1 cannot be reached."


def test_unsafe_renames_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_S3_ALLOW_UNSAFE_RENAME", "true")

    with pytest.raises(SettingsError, match="Unset it"):
        place_of(f"s3://{BUCKET}/{uuid4().hex}")


def test_without_the_extra_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "obstore.store", None)

    with pytest.raises(SettingsError, match=r"pip install .*\[s3\]"):
        place_of(f"s3://{BUCKET}/{uuid4().hex}").refuse_unreachable()


class Overloaded(http.server.BaseHTTPRequestHandler):
    """Asks to slow down, each request twice, then hands it on."""

    asked: Counter[str]
    endpoint: str

    def answer(self) -> None:
        self.asked[f"{self.command} {self.path}"] += 1
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.asked[f"{self.command} {self.path}"] <= 2:
            self.reply(503, b"<Error><Code>SlowDown</Code></Error>", {})
            return
        headers = {"Content-Type": "application/octet-stream"} | dict(self.headers)
        request = urllib.request.Request(
            self.endpoint + self.path, sent or None, headers, method=self.command
        )
        try:
            with urllib.request.urlopen(request) as found:
                self.reply(found.status, found.read(), dict(found.headers))
        except urllib.error.HTTPError as error:
            self.reply(error.code, error.read(), dict(error.headers))

    def reply(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() in ("etag", "last-modified", "content-type"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_HEAD = answer  # noqa: N815, as http.server calls them

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def overloaded(moto_server: Server) -> Iterator[tuple[str, Counter[str]]]:
    asked: Counter[str] = Counter()
    handler = type("Handler", (Overloaded,), {"asked": asked, "endpoint": moto_server.endpoint})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_a_store_that_asks_to_slow_down_is_asked_again(
    overloaded: tuple[str, Counter[str]], moto_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, asked = overloaded
    for name, value in (moto_server.environment | {"AWS_ENDPOINT_URL": endpoint}).items():
        monkeypatch.setenv(name, value)
    place = place_of(f"s3://{BUCKET}/{uuid4().hex}")

    place.append("notes", b"one\n")

    assert place.read("notes") == b"one\n"
    assert max(asked.values()) > 2
